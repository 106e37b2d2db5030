import type { Coverage } from "@portolan/api";
import { BLINDNESS } from "@portolan/protocol";
import type { Command } from "commander";
import type { z } from "zod";
import { connect, printJson, withConnection, withJson, type Shell } from "./command.ts";
import type { ConnectionOptions } from "./connection.ts";
import { table } from "./table.ts";

const meaning = (word: string): string => (BLINDNESS as Record<string, string>)[word] ?? word;

export function addCoverageCommand(program: Command, shell: Shell): void {
  withJson(
    withConnection(
      program.command("coverage").description("which hosts and days the evidence spans, and what it can't show"),
    ),
  ).action(async (options: ConnectionOptions & { json?: boolean }) => {
    const { out } = shell.streams;
    const coverage = (await (await connect(options, shell.streams)).get("/coverage")).body as z.infer<typeof Coverage>;
    if (options.json) return printJson(shell.streams, coverage);
    const { kindsOfDay: kinds, days } = coverage;
    const span = days.length === 0 ? "no days" : `${days.length} day(s), ${days[0]} to ${days.at(-1)}`;
    out.write(
      `Evidence of ${span}: ${kinds.weekday} weekday, ${kinds.weekend} weekend, ${kinds.monthStart} month-start, ${kinds.monthEnd} month-end.\n\n`,
    );
    out.write(
      table(
        ["HOST", "KIND", "DAYS", "LAST REPORT", "SOURCES", "LOST", "GAP S"],
        coverage.hosts.map((host) => [
          host.host,
          host.kind,
          host.days,
          host.lastReport ?? "never",
          host.sources.join(", "),
          host.lost,
          Math.round(host.gapMs / 1000),
        ]),
      ),
    );
    const blind = new Map<string, string[]>();
    for (const host of coverage.hosts)
      for (const word of host.blindTo) blind.set(word, [...(blind.get(word) ?? []), host.host]);
    if (blind.size > 0) out.write("\nNot seen:\n");
    for (const [word, hosts] of blind) {
      const who = hosts.length === coverage.hosts.length ? "every host" : hosts.join(", ");
      out.write(`  ${meaning(word)}: on ${who}\n`);
    }
    if (coverage.notes.length > 0) out.write(`\n${coverage.notes.join("\n")}\n`);
  });
}
