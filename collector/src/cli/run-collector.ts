import { chmodSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import { pino } from "pino";
import { analysesOf } from "../analysis/analysis-cache.ts";
import { ApiThreadError, startApiThreads, type ApiThreads } from "../api-thread/start-api-thread.ts";
import { buildApp } from "../app.ts";
import { resolveServeConfig, type ServeConfig, type ServeOptions } from "../config.ts";
import { CommandError } from "../errors.ts";
import { DataDirInUseError, StorageTooNewError, StorageUnavailableError } from "../storage/errors.ts";
import { lockDataDir } from "../storage/lock.ts";
import { openThreadedStorage } from "../storage/open.ts";
import type { Storage } from "../storage/storage.ts";
import { serverCertificate, type ServerCertificate } from "../tls/certificates.ts";
import { encodeToken, hashSecret, newSecret } from "../tokens/token-text.ts";
import { VERSION } from "../version.ts";
import { cliFilePath, type CliFile } from "./connection.ts";
import type { Streams } from "./streams.ts";

/** Token of the commands on this machine: made anew at each start, so that an old copy of cli.json opens nothing. */
const LOCAL_TOKEN = "cli";

/** How long reports that have arrived may take to be committed and answered when the collector stops. */
const STOP_GRACE_MS = 10_000;

/** What can go wrong at a start that is nobody's bug: one sentence, exit code 1. */
function explain(error: unknown): unknown {
  if (
    error instanceof ApiThreadError ||
    error instanceof DataDirInUseError ||
    error instanceof StorageUnavailableError ||
    error instanceof StorageTooNewError
  )
    return new CommandError(error.message);
  const { code, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number };
  if (code === "EADDRINUSE")
    return new CommandError(`port ${port} on ${address} is in use: stop the program that has it, or give --listen`);
  if (code === "EADDRNOTAVAIL") return new CommandError(`${address} is not an address of this machine: give --listen`);
  if (code === "EACCES" && port !== undefined)
    return new CommandError(`port ${port} may not be opened without privileges: give --listen with a port above 1023`);
  return error;
}

async function certificateOf(
  config: ServeConfig,
  now: number,
): Promise<(Omit<ServerCertificate, "caSha256"> & { caSha256?: string }) | undefined> {
  if (!config.secure) return undefined;
  if (!config.tls) return serverCertificate(config.dataDir, new URL(config.publicUrl).hostname, config.host, now);
  try {
    return { cert: readFileSync(config.tls.certificate, "utf8"), key: readFileSync(config.tls.key, "utf8") };
  } catch (error) {
    throw new CommandError(`tls: the certificate can't be read: ${(error as Error).message}`);
  }
}

async function writeCliFile(
  storage: Storage,
  config: ServeConfig,
  url: string,
  caSha256: string | undefined,
): Promise<void> {
  const actor = { kind: "system" as const, id: "serve" };
  const now = Date.now();
  for (const token of await storage.listTokens())
    if (token.id.startsWith(`${LOCAL_TOKEN}-`) && token.revokedAt === undefined)
      await storage.revokeToken(token.id, now, actor);
  const secret = newSecret();
  await storage.createToken(
    { id: `${LOCAL_TOKEN}-${now.toString(36)}`, kind: "api", role: "admin", createdAt: now, hash: hashSecret(secret) },
    actor,
  );
  const pin = caSha256 === undefined ? {} : { caSha256 };
  const content: CliFile = { url, token: encodeToken({ url, secret, ...pin }), ...pin };
  const file = cliFilePath(config.dataDir);
  writeFileSync(`${file}.new`, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  chmodSync(`${file}.new`, 0o600);
  renameSync(`${file}.new`, file);
}

/** Answers what has arrived; a body that still dribbles in does not hold up the end. */
async function closeApp(app: FastifyInstance): Promise<void> {
  // Connections that agents keep, as they fall idle.
  const idle = setInterval(() => app.server.closeIdleConnections(), 100);
  const limit = setTimeout(() => app.server.closeAllConnections(), STOP_GRACE_MS);
  try {
    await app.close();
  } finally {
    clearInterval(idle);
    clearTimeout(limit);
  }
}

/** Runs until `stopped` resolves; everything opened on the way is closed in reverse. */
async function serve(config: ServeConfig, streams: Streams, stopped: Promise<string>): Promise<void> {
  const log = pino(
    { level: config.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination(2),
  );
  const lock = await lockDataDir(config.dataDir);
  try {
    const storage = await openThreadedStorage({ dataDir: config.dataDir });
    let api: ApiThreads | undefined;
    try {
      const certificate = await certificateOf(config, Date.now());
      const { dataDir, publicUrl, logLevel } = config;
      const caSha256 = certificate?.caSha256;
      api = await startApiThreads(storage, { dataDir, publicUrl, caSha256, logLevel });
      const app = await buildApp({
        // This thread takes reports and never analyses: the cache stays empty.
        context: {
          storage,
          analyses: analysesOf(storage, Date.now),
          clock: Date.now,
          publicUrl,
          caSha256,
        },
        version: VERSION,
        logger: log,
        tls: certificate,
        forwardTo: api.socketFor,
      });
      await app.listen({ host: config.host, port: config.port });
      const { port } = app.server.address() as AddressInfo;
      const host = config.host.includes(":") ? `[${config.host}]` : config.host;
      const reachable = config.host === "0.0.0.0" ? "127.0.0.1" : config.host === "::" ? "[::1]" : host;
      const own = `${config.secure ? "https" : "http"}://${reachable}:${port}`;
      // A certificate given by the site names the public host, hardly the address that the collector listens on.
      const url = config.tls && config.secure ? config.publicUrl : own;
      await writeCliFile(storage, config, url, certificate?.caSha256);
      streams.err.write(
        `portolan collector ${VERSION} on ${url}, data in ${config.dataDir}, documentation at ${url}/api/docs\n`,
      );
      const why = await Promise.race([stopped, storage.failed, api.failed]);
      if (why instanceof Error) log.fatal({ err: why }, "a thread failed");
      else log.info({ signal: why }, "stopping");
      await closeApp(app);
      // Half alive it would refuse for ever; a service manager starts it again.
      if (why instanceof Error) throw why;
    } finally {
      await api?.stop();
      await storage.close();
    }
  } finally {
    await lock.release();
  }
}

/** Runs the collector until SIGINT or SIGTERM. @throws CommandError in one sentence for what is nobody's bug */
export async function runCollector(options: ServeOptions, streams: Streams): Promise<void> {
  const stopped = new Promise<string>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve(signal));
  });
  try {
    await serve(resolveServeConfig(options), streams, stopped);
  } catch (error) {
    throw explain(error);
  }
}
