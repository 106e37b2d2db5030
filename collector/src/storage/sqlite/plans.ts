import type { StoredPlan } from "../knowledge.ts";
import type { Database } from "./database.ts";

interface Row {
  id: string;
  createdAt: number;
  document: string;
}

export function planTable(db: Database) {
  const columns = "id, created_at AS createdAt, document";
  const put = db.prepare<[string, number, string]>(
    `INSERT INTO plan VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET created_at = excluded.created_at,
       document = excluded.document`,
  );
  const all = db.prepare<[], Row>(`SELECT ${columns} FROM plan ORDER BY created_at, id`);
  const one = db.prepare<[string], Row>(`SELECT ${columns} FROM plan WHERE id = ?`);
  const plan = (row: Row): StoredPlan => ({ ...row, document: JSON.parse(row.document) as unknown });
  return {
    put: ({ id, createdAt, document }: StoredPlan) => void put.run(id, createdAt, JSON.stringify(document)),
    list: () => all.all().map(plan),
    find(id: string): StoredPlan | undefined {
      const row = one.get(id);
      return row && plan(row);
    },
  };
}
