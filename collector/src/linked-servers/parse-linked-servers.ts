import type { AddressDependency } from "@portolan/protocol";
import type { BadLine, Parsed } from "../imports/bad-line.ts";
import { tooLong } from "../imports/check-length.ts";
import { decodeTable } from "../imports/decode-table.ts";
import { parseTime } from "../imports/parse-time.ts";
import { parsed } from "../imports/parsed.ts";
import { readTextTable, type RawRecord, type TableRow } from "../imports/read-table.ts";
import type { ImportedAddressList } from "../storage/imports.ts";
import { ENGINES, LINK_COLUMNS, LINK_KINDS, SELF, type Engine, type LinkColumn, type LinkKind } from "./columns.ts";
import { parseLinkTargets } from "./parse-target.ts";

type Cells = TableRow<LinkColumn>["cells"];

const COLUMNS = { required: LINK_COLUMNS, optional: [] } as const;
const LONGEST = { instance: 255, name: 255, host: 2000, port: 255, target_database: 200, product: 200 } as const;
const MOST_LINES = 10_000;
/** Where somebody wrote another query than ours, or a password into a name: nothing of such a cell is repeated. */
const SECRET = /\b\w*(?:password|passwd|pwd)\s*=|:\/\/[^/@\s]*:[^/@\s]*@/i;

const isKeyOf = <Keys extends object>(object: Keys, key: string): key is Extract<keyof Keys, string> =>
  Object.hasOwn(object, key);

const withoutSecret = (line: BadLine): BadLine => (SECRET.test(line.value) ? { ...line, value: "" } : line);

/** sqlcmd underlines its header; sqlcmd and SQL*Plus end by counting the rows, in the language of their user. */
function withoutRemarks([header, ...records]: RawRecord[]): RawRecord[] {
  const isLine = records[0]?.record.every((cell) => /^-+$/.test(cell));
  const last = records.findLastIndex(({ record }) => record.length > 1 || !/^\(?\d+\D/.test(record.join()));
  return [...(header ? [header] : []), ...records.slice(isLine ? 1 : 0, last + 1)];
}

const ESCAPES: Record<string, string> = { n: "\n", t: "\t", "0": "\0", "\\": "\\" };
/** `mysql --batch` writes these where they stand in a value. */
const unescaped = (text: string) => text.replace(/\\([nt0\\])/g, (_all, letter: string) => ESCAPES[letter] ?? letter);
/** A program that quotes by itself has quoted what SQL Server's query quotes already. */
const unquoted = (text: string) => /^"(.*)"$/s.exec(text)?.[1]?.replaceAll('""', '"') ?? text;

function itemsOf(cells: Cells & { engine: Engine; kind: LinkKind }, targets: readonly string[]): AddressDependency[] {
  const { words, source } = LINK_KINDS[cells.kind];
  const database = cells.target_database === "" ? [] : [`database ${cells.target_database}`];
  const about = [cells.product, ...database].filter((text) => text !== "").join(", ");
  const holder = `${ENGINES[cells.engine]} ${cells.instance}, ${words} ${cells.name}${about === "" ? "" : ` (${about})`}`;
  return [...new Set(targets)].map((target) => ({ kind: "linked-server", holder, target, source }));
}

interface Line {
  /** Of the engine and its instance. */
  instance: string;
  at: number;
  items: AddressDependency[];
}

function parseRow({ line, cells }: TableRow<LinkColumn>): { ok: Line } | { bad: BadLine[] } {
  const secret = LINK_COLUMNS.find((column) => SECRET.test(cells[column]));
  if (secret !== undefined) {
    const reason = "expected no password, and this looks like one: portolan's own query selects none";
    return { bad: [{ line, column: secret, value: "", reason }] };
  }
  const bad: BadLine[] = tooLong(line, cells, LONGEST);
  const refuse = (column: LinkColumn, reason: string) => {
    bad.push({ line, column, value: cells[column].slice(0, 60), reason });
  };
  const { engine, instance, kind, name } = cells;
  if (!isKeyOf(ENGINES, engine)) refuse("engine", `expected ${Object.keys(ENGINES).join(", ")}`);
  if (instance === "") refuse("instance", "expected the instance's name");
  const isSelf = kind === SELF;
  if (!isSelf && !isKeyOf(LINK_KINDS, kind)) refuse("kind", `expected ${SELF}, ${Object.keys(LINK_KINDS).join(", ")}`);
  if (name === "") refuse("name", "expected a name");
  const at = parseTime(cells.asked_at, "UTC", "first");
  if (at === undefined) refuse("asked_at", "expected an RFC 3339 time such as 2026-11-20T09:00:00Z");
  const where = isSelf ? { targets: [] } : parseLinkTargets(cells);
  if ("reason" in where) refuse(where.column, where.reason);
  if (bad.length > 0 || at === undefined || "reason" in where) return { bad };
  const links =
    isKeyOf(ENGINES, engine) && isKeyOf(LINK_KINDS, kind) ? itemsOf({ ...cells, engine, kind }, where.targets) : [];
  return { ok: { instance: `${engine} ${instance}`, at, items: links } };
}

/** The lines of one instance are one list of all its links, as old as its earliest line. */
function listsOf(lines: readonly Line[], end: { site: string; host: string }): ImportedAddressList[] {
  return [...Map.groupBy(lines, ({ instance }) => instance)].map(([holder, own]) => {
    const items = own.flatMap(({ items: some }) => some);
    const byText = new Map(items.map((item) => [JSON.stringify(item), item]));
    return { ...end, holder, at: Math.min(...own.map(({ at }) => at)), items: [...byText.values()] };
  });
}

/**
 * What the queries of `portolan linked-servers query` print, as sqlcmd, SQL*Plus, `psql --csv` and `mysql --batch` write it.
 * @param end the host that the engine runs on, which no query knows by its name here
 */
export function parseLinkedServers(
  bytes: Uint8Array,
  end: { site: string; host: string },
): Parsed<ImportedAddressList[]> {
  const text = decodeTable(bytes);
  if (text === undefined) return parsed([], [{ line: 1, value: "", reason: "expected UTF-8, UTF-16 or CP949 text" }]);
  const isTabbed = /^\s*engine\t/i.test(text);
  const dialect = isTabbed ? { delimiter: "\t", quote: false as const, trim: false } : {};
  const { rows, bad } = readTextTable<LinkColumn>(text, COLUMNS, { ...dialect, withoutRemarks });
  const clean = isTabbed ? unescaped : unquoted;
  const lines: Line[] = [];
  for (const { line, cells } of rows) {
    const entries = LINK_COLUMNS.map((column) => [column, clean(cells[column])]);
    const row = parseRow({ line, cells: Object.fromEntries(entries) as Cells });
    if ("ok" in row) lines.push(row.ok);
    else bad.push(...row.bad);
  }
  if (bad.length === 0 && rows.length === 0)
    bad.push({ line: 1, value: "", reason: `expected at least the line of kind ${SELF}, which every query prints` });
  if (rows.length > MOST_LINES)
    bad.push({ line: MOST_LINES + 1, value: "", reason: `expected at most ${MOST_LINES} lines, got ${rows.length}` });
  return parsed(listsOf(lines, end), bad.map(withoutSecret));
}
