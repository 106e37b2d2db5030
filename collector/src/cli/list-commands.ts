import type { Command } from "commander";
import { connect, printJson, withConnection, withJson, type Shell } from "./command.ts";
import type { ConnectionOptions } from "./connection.ts";
import { table } from "./table.ts";
import type { Row } from "./list-cells.ts";
import { LISTS } from "./lists.ts";

/** By the first column, then the next: the order in which a person looks something up. */
function byCells(a: readonly (string | number)[], b: readonly (string | number)[]): number {
  for (const [index, left] of a.entries()) {
    const right = b[index] ?? "";
    if (typeof left === "number" && typeof right === "number" && left !== right) return left - right;
    if (left !== right) return String(left) < String(right) ? -1 : 1;
  }
  return 0;
}

export function addListCommands(program: Command, shell: Shell): void {
  for (const list of LISTS) {
    const command = withJson(withConnection(program.command(list.name).description(list.description)));
    for (const addOptions of list.options ?? []) addOptions(command);
    command.action(
      async (
        options: ConnectionOptions & { json?: boolean } & Record<
            "host" | "zone" | "port" | "since" | "until" | "status" | "kind" | "suspected",
            string | undefined
          >,
      ) => {
        const { host, zone, port, since, until, status, kind, suspected } = options;
        const filters = { host, zone, port, since, until, status, kind, suspected };
        const client = await connect(options, shell.streams);
        const items = (await client.list(list.path, filters)) as Row[];
        if (options.json) return printJson(shell.streams, { items });
        const titles = list.columns.map(([title]) => title);
        const rows = items.map((row) => list.columns.map(([, cell]) => cell(row))).sort(byCells);
        const isFiltered = Object.values(filters).some((value) => value !== undefined);
        const none = `No ${list.name.replaceAll("-", " ")} ${isFiltered ? "of this kind" : "yet"}.\n`;
        shell.streams.out.write(rows.length === 0 ? none : table(titles, rows));
      },
    );
  }
}
