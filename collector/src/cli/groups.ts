import type { GroupList } from "@portolan/api";
import type { Command } from "commander";
import type { z } from "zod";
import { connect, printJson, withConnection, withJson, type Shell } from "./command.ts";
import type { ConnectionOptions } from "./connection.ts";
import { table } from "./table.ts";

export function addGroupsCommand(program: Command, shell: Shell): void {
  withJson(
    withConnection(program.command("groups").description("move groups: hosts that must move together, with reasons")),
  ).action(async (options: ConnectionOptions & { json?: boolean }) => {
    const document = (await (await connect(options, shell.streams)).get("/groups")).body as z.infer<typeof GroupList>;
    if (options.json) return printJson(shell.streams, document);
    const rows = document.groups.map((group) => [
      group.id,
      group.name,
      group.source,
      group.hosts.join(", "),
      group.reasons.join("; "),
    ]);
    shell.streams.out.write(
      rows.length === 0 ? "No groups yet.\n" : table(["ID", "NAME", "SOURCE", "HOSTS", "REASONS"], rows),
    );
  });
}
