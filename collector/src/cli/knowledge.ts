import { basename } from "node:path";
import type { ImportAnswer, ImportItem } from "@portolan/api";
import { Option, type Command } from "commander";
import type { z } from "zod";
import { CommandError } from "../errors.ts";
import { connect, printJson, withConnection, withJson, type Shell } from "./command.ts";
import type { ConnectionOptions } from "./connection.ts";
import { readBytes } from "./read-bytes.ts";
import { table } from "./table.ts";

type Options = ConnectionOptions & { json?: boolean };
type Answer = z.infer<typeof ImportAnswer>;

/** Names the file in front of what is wrong with it. */
async function about<T>(file: string, work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    throw error instanceof CommandError ? new CommandError(`${file}: ${error.message}`, error.exitCode) : error;
  });
}

const ITEM_WORDS: Record<string, string> = { "hosts-csv": "host(s)", "linked-servers": "linked server(s)" };

function sayImport(shell: Shell, file: string, answer: Answer): void {
  const { out, err } = shell.streams;
  const what = ITEM_WORDS[answer.format] ?? "flow(s)";
  out.write(
    answer.duplicate
      ? `${file}: was imported before as ${answer.id}; nothing counted twice\n`
      : `${file}: ${answer.items} ${what} as ${answer.id} (${answer.format})\n`,
  );
  for (const item of answer.rejected) err.write(`${file}: ${item.path}: ${item.reason}\n`);
}

async function importFiles(
  shell: Shell,
  files: string[],
  options: Options & { format: string; site?: string; host?: string },
): Promise<void> {
  const client = await connect(options, shell.streams);
  const answers: Answer[] = [];
  for (const file of files) {
    const answer = (await about(
      file,
      client.send("POST", "/imports", {
        query: { format: options.format, name: basename(file), site: options.site, host: options.host },
        body: readBytes(file),
        type: "application/octet-stream",
      }),
    )) as Answer;
    answers.push(answer);
    if (!options.json) sayImport(shell, file, answer);
  }
  if (options.json) printJson(shell.streams, { items: answers });
  // What was taken stays; that something was not must not look like success.
  if (answers.some((answer) => answer.rejected.length > 0)) shell.exit(1);
}

async function importZones(shell: Shell, file: string, options: Options): Promise<void> {
  const client = await connect(options, shell.streams);
  const { headers } = await client.get("/zones");
  const body = readBytes(file);
  const answer = (await about(
    file,
    client.send("PUT", "/zones", { body, type: "text/csv", headers: { "if-match": headers.etag ?? "*" } }),
  )) as { items: unknown[] };
  if (options.json) return printJson(shell.streams, answer);
  shell.streams.out.write(`${file}: ${answer.items.length} range(s); they replace all zones there were\n`);
}

/** What users know and agents can't see: zones, host lists, evidence from elsewhere. */
export function addKnowledgeCommands(program: Command, shell: Shell): void {
  const hosts = program.commands.find((command) => command.name() === "hosts");
  if (!hosts) throw new Error("the list commands come first: `hosts import` stands under `hosts`");
  const zones = program.command("zones").description("named address ranges with a firewall around them");
  withJson(
    withConnection(zones.command("import <file>").description("replaces all zones by those of a zones.csv")),
  ).action((file: string, options: Options) => importZones(shell, file, options));
  withJson(withConnection(zones.command("list", { isDefault: true }).description("the zones as they stand"))).action(
    async (options: Options) => {
      const { items } = (await (await connect(options, shell.streams)).get("/zones")).body as {
        items: Record<string, string>[];
      };
      if (options.json) return printJson(shell.streams, { items });
      const columns = ["name", "cidr", "site", "kind", "description"];
      const rows = items.map((zone) => columns.map((column) => zone[column] ?? ""));
      shell.streams.out.write(
        rows.length === 0
          ? "No zones: segments stand in for them.\n"
          : table(
              columns.map((column) => column.toUpperCase()),
              rows,
            ),
      );
    },
  );

  withJson(
    withConnection(hosts.command("import <file>").description("a CMDB list (hosts.csv), to see who lacks an agent")),
  )
    .option("--site <NAME>", "site of rows that name none")
    // `hosts` takes the same options, and takes them first wherever they stand.
    .action((file: string, _options: unknown, command: Command) =>
      importFiles(shell, [file], { ...command.optsWithGlobals<Options & { site?: string }>(), format: "hosts-csv" }),
    );

  withJson(
    withConnection(
      program.command("import <files...>").description("evidence from elsewhere; the same file twice counts once"),
    ),
  )
    .addOption(
      new Option("--format <FORMAT>", "format of the files")
        .choices(["auto", "report", "flows-csv", "linked-servers"])
        .default("auto"),
    )
    .option(
      "--host <NAME>",
      "of linked servers: the host of their engine; of report files: the one they are about, where they name none or another",
    )
    .option("--site <NAME>", "site that the evidence belongs to")
    .action((files: string[], options: Options & { format: string; site?: string; host?: string }) =>
      importFiles(shell, files, options),
    );

  const imports = program.command("imports").description("imported files");
  withJson(withConnection(imports.command("list", { isDefault: true }).description("imported files, in order"))).action(
    async (options: Options) => {
      const items = (await (await connect(options, shell.streams)).list("/imports")) as z.infer<typeof ImportItem>[];
      if (options.json) return printJson(shell.streams, { items });
      const rows = items.map((item) => [item.id, item.format, item.fileName, item.items, item.at, item.actor]);
      shell.streams.out.write(
        rows.length === 0 ? "No imports.\n" : table(["ID", "FORMAT", "FILE", "ITEMS", "AT", "BY"], rows),
      );
    },
  );
}
