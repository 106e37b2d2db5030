import type { HostItem, UndoAnswer } from "@portolan/api";
import type { Command } from "commander";
import type { z } from "zod";
import { CommandError } from "../errors.ts";
import type { Client } from "./client.ts";
import { connect, printJson, withConnection, withJson, type Shell } from "./command.ts";
import type { ConnectionOptions } from "./connection.ts";

type Found = Pick<HostItem, "id" | "name">;

/** A host with its id, which stands in its name already where two hosts of a site share one. */
const called = ({ id, name }: Found) => (name.endsWith(`(${id})`) ? name : `${name} (${id})`);

/** The one host that a name or an id means. */
function pick(hosts: readonly Found[], wanted: string, what: string): Found {
  const byId = hosts.find((host) => host.id === wanted);
  if (byId) return byId;
  const named = hosts.filter((host) => host.name.toLowerCase() === wanted.toLowerCase());
  const [only, ...others] = named;
  if (!only) throw new CommandError(`no ${what} has the name or id ${JSON.stringify(wanted)}`);
  if (others.length > 0)
    throw new CommandError(
      `${JSON.stringify(wanted)} means ${named.length} hosts: give one of the ids ${named.map(({ id }) => id).join(", ")}`,
    );
  return only;
}

async function hostsOf(client: Client): Promise<HostItem[]> {
  return (await client.list("/hosts")) as HostItem[];
}

async function retire(shell: Shell, wanted: string, options: ConnectionOptions & { undo?: boolean }): Promise<void> {
  const client = await connect(options, shell.streams);
  const host = pick(await hostsOf(client), wanted, "host");
  await client.send(options.undo ? "DELETE" : "POST", `/hosts/${host.id}/retirement`);
  shell.streams.err.write(
    options.undo ? `${called(host)} is there again\n` : `retired ${called(host)}; its evidence stays\n`,
  );
}

async function merge(shell: Shell, from: string, into: string, options: ConnectionOptions): Promise<void> {
  const client = await connect(options, shell.streams);
  const hosts = await hostsOf(client);
  const [one, other] = [pick(hosts, from, "host"), pick(hosts, into, "host")];
  await client.send("POST", `/hosts/${one.id}/merge`, { body: { into: other.id } });
  shell.streams.err.write(`${called(one)} is one with ${called(other)}; portolan hosts split ${one.id} undoes that\n`);
}

async function split(shell: Shell, wanted: string, options: ConnectionOptions): Promise<void> {
  const client = await connect(options, shell.streams);
  const merged = (await hostsOf(client)).flatMap((host) => host.mergedFrom ?? []);
  const host = pick(merged, wanted, "merged host");
  await client.send("DELETE", `/hosts/${host.id}/merge`);
  shell.streams.err.write(`${called(host)} is a host of its own again\n`);
}

/** Corrections of what is known of hosts and files. `hosts` and `imports` must have been added before. */
export function addCorrectionCommands(program: Command, shell: Shell): void {
  const group = (name: string) => {
    const found = program.commands.find((command) => command.name() === name);
    if (!found) throw new Error(`the command ${name} comes first: corrections stand under it`);
    return found;
  };
  const hosts = group("hosts");
  // `hosts` takes the options by which the collector is found too, and takes them first wherever they stand.
  withConnection(hosts.command("retire <host>").description("marks a host as gone; its evidence stays"))
    .option("--undo", "it is there again")
    .action((host: string, _options: unknown, command: Command) => retire(shell, host, command.optsWithGlobals()));
  withConnection(
    hosts.command("merge <host> <into>").description("two hosts that are one, such as after a new enrolment"),
  ).action((host: string, into: string, _options: unknown, command: Command) =>
    merge(shell, host, into, command.optsWithGlobals()),
  );
  withConnection(hosts.command("split <host>").description("undoes the merge of this host into another")).action(
    (host: string, _options: unknown, command: Command) => split(shell, host, command.optsWithGlobals()),
  );
  withJson(
    withConnection(
      group("imports").command("undo <id>").description("all that the file brought disappears; it may come again"),
    ),
  ).action(async (id: string, options: ConnectionOptions & { json?: boolean }) => {
    const client = await connect(options, shell.streams);
    const undone = (await client.send("DELETE", `/imports/${encodeURIComponent(id)}`)) as z.infer<typeof UndoAnswer>;
    if (options.json) return printJson(shell.streams, undone);
    const { flows, reports, days, hosts: gone, addressDependencies: links = 0 } = undone;
    const linked = links > 0 ? `, ${links} linked server(s)` : "";
    shell.streams.out.write(
      `undone ${id}: ${flows} flow(s), ${reports} report(s), ${days} day(s) of coverage, ${gone} host(s)${linked}\n`,
    );
  });
}
