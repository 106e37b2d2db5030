import { createWriteStream } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Command } from "commander";
import { CommandError } from "../errors.ts";
import { DataDirInUseError, StorageTooNewError, StorageUnavailableError } from "../storage/errors.ts";
import { connect, withConnection, type Shell } from "./command.ts";
import type { ConnectionOptions } from "./connection.ts";

async function backup(shell: Shell, file: string, options: ConnectionOptions): Promise<void> {
  const client = await connect(options, shell.streams);
  const message = await client.download("/backups", {}, "POST");
  const partial = `${file}.partial`;
  try {
    // It holds all that the collector knows, the hashes of its tokens among it.
    const sink = createWriteStream(partial, { mode: 0o600 });
    await pipeline(message, sink);
    const wanted = Number(message.headers["content-length"]);
    if (sink.bytesWritten !== wanted) throw new Error(`${sink.bytesWritten} of ${wanted} bytes came`);
    const handle = await open(partial, "r+");
    await handle.sync().finally(() => handle.close());
    await rename(partial, file);
    shell.streams.err.write(`${file}: ${wanted} bytes\n`);
  } catch (error) {
    await rm(partial, { force: true });
    throw new CommandError(`${file}: the backup failed: ${(error as Error).message}`);
  }
}

async function restore(shell: Shell, file: string, dataDir: string): Promise<void> {
  // Loaded here alone: SQLite is nothing that a thin client needs.
  const { restoreDatabase } = await import("../storage/restore.ts");
  try {
    const old = await restoreDatabase(file, dataDir, Date.now());
    shell.streams.err.write(
      `${dataDir}: restored from ${file}${old === undefined ? "" : `; what was there is kept as ${old}`}\n`,
    );
  } catch (error) {
    const isExpected =
      error instanceof DataDirInUseError ||
      error instanceof StorageTooNewError ||
      error instanceof StorageUnavailableError;
    throw isExpected ? new CommandError(error.message) : error;
  }
}

export function addBackupCommands(program: Command, shell: Shell): void {
  withConnection(
    program
      .command("backup")
      .description("a consistent copy of the database, while the collector works on")
      .requiredOption("-o, --output <FILE>", "where to write it"),
  ).action((options: ConnectionOptions & { output: string }) => backup(shell, options.output, options));
  program
    .command("restore <file>")
    .description("puts a backup in the place of the database of a stopped collector, and keeps the old one")
    .option("--data <DIR>", "data folder of the collector", "data")
    .action((file: string, options: { data: string }) => restore(shell, resolve(file), resolve(options.data)));
}
