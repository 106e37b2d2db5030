import type { Command } from "commander";
import { createClient, type Client } from "./client.ts";
import { findCollector, type ConnectionOptions } from "./connection.ts";
import type { Streams } from "./streams.ts";

/** What `main.ts` hands to every command: its streams, and where the exit code goes. */
export interface Shell {
  streams: Streams;
  exit: (code: number) => void;
}

/** The options by which every command that asks the API finds it. */
export function withConnection(command: Command): Command {
  return command
    .option("--url <URL>", "the collector (or PORTOLAN_URL)")
    .option("--token-file <FILE>", "file with an API token, - for standard input (or PORTOLAN_TOKEN)")
    .option("--data <DIR>", "data folder of a collector on this machine (default: ./data)");
}

export function withHostFilters(command: Command): Command {
  return command
    .option("--host <NAME>", "only what touches this host (name, id or address)")
    .option("--zone <NAME>", "only what touches this zone");
}

export function withFilters(command: Command): Command {
  return withHostFilters(command).option("--port <PORT>", "only this server port");
}

export function withPeriod(command: Command): Command {
  return command
    .option("--since <TIME>", "RFC 3339 or a number of days such as 7d; whole days of the site")
    .option("--until <TIME>", "likewise");
}

export function withJson(command: Command): Command {
  return command.option("--json", "print JSON instead of a table");
}

export async function connect(options: ConnectionOptions, streams: Streams): Promise<Client> {
  return createClient(await findCollector(options, streams));
}

export function printJson(streams: Streams, document: unknown): void {
  streams.out.write(`${JSON.stringify(document, null, 2)}\n`);
}
