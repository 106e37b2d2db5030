import type { LoadItem } from "@portolan/api";
import type { Command } from "commander";
import { CommandError } from "../errors.ts";
import { connect, printJson, withConnection, withJson, withPeriod, type Shell } from "./command.ts";
import type { ConnectionOptions } from "./connection.ts";
import { table } from "./table.ts";

interface Options extends ConnectionOptions {
  host: string;
  json?: boolean;
  since?: string;
  until?: string;
}

const TITLES = ["HOUR (UTC)", "CPU %", "PEAK", "MEMORY GB", "PEAK", "WRITTEN GB", "USED GB", "IN GB", "OUT GB"];

const gigabytes = (bytes: number | undefined) => (bytes === undefined ? "" : (bytes / 1e9).toFixed(2));
const percent = (share: number | undefined) => (share === undefined ? "" : (100 * share).toFixed(1));

/** Of those that say; undefined where none does. */
function total(parts: readonly (number | undefined)[]): number | undefined {
  const known = parts.filter((part) => part !== undefined);
  return known.length === 0 ? undefined : known.reduce((sum, part) => sum + part, 0);
}

function cells({ day, hour, cpu, memoryBytes, network, volumes }: LoadItem): string[] {
  return [
    hour === undefined ? `${day}, the day` : hour.slice(0, 16).replace("T", " "),
    percent(cpu?.average),
    percent(cpu?.peak),
    gigabytes(memoryBytes?.average),
    gigabytes(memoryBytes?.peak),
    gigabytes(total(volumes.map((volume) => volume.bytesWritten))),
    gigabytes(total(volumes.map((volume) => volume.usedBytes?.average))),
    gigabytes(network?.bytesIn),
    gigabytes(network?.bytesOut),
  ];
}

export function addLoadCommand(program: Command, shell: Shell): void {
  withJson(
    withPeriod(
      withConnection(
        program
          .command("load")
          .description("what a host did, hour by hour: CPU, memory, disks, network")
          .requiredOption("--host <NAME>", "of this host (name, id or address)"),
      ),
    ),
  ).action(async ({ host, json, since, until, ...options }: Options) => {
    const client = await connect(options, shell.streams);
    const [found] = (await client.list("/hosts", { host })) as { id: string; name: string }[];
    if (!found) throw new CommandError(`no host has the name, id or address ${JSON.stringify(host)}`);
    const path = `/hosts/${encodeURIComponent(found.id)}/load`;
    const items = (await client.list(path, { since, until })) as LoadItem[];
    if (json) return printJson(shell.streams, { items });
    shell.streams.out.write(items.length === 0 ? `No load of ${found.name} yet.\n` : table(TITLES, items.map(cells)));
  });
}
