import { Report } from "@portolan/protocol";
import { z } from "zod";

/** Every generated file, by its path from the root. */
export async function generatedFiles(): Promise<[path: string, content: string][]> {
  const schema = { title: "Portolan report", ...z.toJSONSchema(Report, { io: "input" }) };
  return [["docs/protocol/report.schema.json", `${JSON.stringify(schema, null, 2)}\n`]];
}
