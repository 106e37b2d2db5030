import { existsSync, readFileSync, statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import { CliFile, cliFilePath } from "../cli/connection.ts";
import { StorageTooNewError, StorageUnavailableError } from "../storage/errors.ts";
import { DATABASE_FILE } from "../storage/open.ts";
import { inspectDatabase, type Inspection } from "../storage/sqlite/inspect.ts";
import { checkCertificates } from "./check-certificates.ts";
import { checkSecretFile } from "./check-secret-file.ts";
import type { Finding } from "./finding.ts";

const MEBIBYTE = 1024 * 1024;
/** Beside the room for a backup: what a day of a large estate's log of writes takes. */
const LEAST_FREE_BYTES = 256 * MEBIBYTE;
/** A clock may be set back a little by its time service; by more, and days are counted wrongly. */
const BACKWARDS_MS = 5 * 60_000;
/** This program is younger than that. */
const EARLIEST = Date.parse("2026-01-01T00:00:00Z");

function checkClock(now: number, latest: number | undefined): Finding {
  const subject = "clock";
  if (now < EARLIEST) return { ok: false, subject, detail: `it says ${new Date(now).toISOString()}: set it` };
  if (latest !== undefined && now < latest - BACKWARDS_MS) {
    const detail = `it says ${new Date(now).toISOString()}, and the database has entries of ${new Date(latest).toISOString()}`;
    return { ok: false, subject, detail };
  }
  return { ok: true, subject, detail: new Date(now).toISOString() };
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / MEBIBYTE)} MiB`;
}

function checkDisk(dataDir: string, path: string): Finding {
  const { bavail, bsize } = statfsSync(dataDir);
  // What is not yet taken into the database stands beside it.
  const size = [path, `${path}-wal`].reduce(
    (sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
  const needed = size + LEAST_FREE_BYTES;
  const detail = `${mebibytes(bavail * bsize)} free, database of ${mebibytes(size)}`;
  const ok = bavail * bsize >= needed;
  return {
    ok,
    subject: "disk",
    detail: ok ? detail : `${detail}; a backup and a day's work need ${mebibytes(needed)}`,
  };
}

const MOST_CLONES = 5;

function cloneFindings(clones: Inspection["clones"]): Finding[] {
  if (clones.length === 0) return [];
  const listed = clones.slice(0, MOST_CLONES).map(({ name, cloneOf }) => `${name} (${cloneOf})`);
  const detail = `${clones.length} machine(s) run with the identity of another: ${listed.join(", ")}${clones.length > MOST_CLONES ? ", …" : ""}: portolan-agent enrol --force on each`;
  return [{ ok: false, subject: "clones", detail }];
}

function databaseFindings({ schema, damage, dangling, clones }: Inspection): Finding[] {
  const isOld = schema.found < schema.known;
  const version = `version ${schema.found}${isOld ? `, which the next start brings up to ${schema.known}` : ""}`;
  const wayOut = "stop the collector and put a backup in its place with portolan restore";
  return [
    { ok: true, subject: "schema", detail: version },
    damage.length === 0
      ? { ok: true, subject: "integrity", detail: "every page and index is as it should be" }
      : { ok: false, subject: "integrity", detail: `${damage.join("; ").replaceAll("\n", " ")}: ${wayOut}` },
    ...(damage.length > 0 ? [] : [referenceFinding(dangling, wayOut)]),
    ...cloneFindings(clones),
  ];
}

function referenceFinding(dangling: readonly string[], wayOut: string): Finding {
  return dangling.length === 0
    ? { ok: true, subject: "references", detail: "every row points at one that exists" }
    : { ok: false, subject: "references", detail: `rows of ${dangling.join(", ")} point at nothing: ${wayOut}` };
}

function inspect(path: string): Inspection | Finding {
  if (!existsSync(path)) {
    const detail = `${path} does not exist: give the collector's folder with --data, or restore a backup there`;
    return { ok: false, subject: "database", detail };
  }
  try {
    return inspectDatabase(path);
  } catch (error) {
    if (!(error instanceof StorageUnavailableError || error instanceof StorageTooNewError)) throw error;
    return { ok: false, subject: "database", detail: error.message };
  }
}

function checkCliFile(dataDir: string): Finding[] {
  const path = cliFilePath(dataDir);
  const [mode] = checkSecretFile(path, "cli.json");
  if (!mode) return [{ ok: true, subject: "cli.json", detail: "none yet: the collector has never run here" }];
  if (!mode.ok) return [mode];
  try {
    const { url } = CliFile.parse(JSON.parse(readFileSync(path, "utf8")));
    return [{ ok: true, subject: "cli.json", detail: `its owner's only, names ${url}` }];
  } catch {
    return [{ ok: false, subject: "cli.json", detail: `${path} is not as serve writes it: start the collector again` }];
  }
}

/**
 * Checks everything that a collector needs of its data folder. Reads only, and needs no collector.
 * @param tls files of a given certificate, where the collector has no CA of its own
 */
export function checkDataDir(
  dataDir: string,
  tls: { certificate: string; key: string } | undefined,
  now: number,
): Finding[] {
  const path = join(dataDir, DATABASE_FILE);
  const found = inspect(path);
  const isReadable = !("ok" in found);
  return [
    ...(isReadable ? databaseFindings(found) : [found]),
    checkClock(now, isReadable ? found.latest : undefined),
    ...(statSync(path, { throwIfNoEntry: false })?.isFile() ? [checkDisk(dataDir, path)] : []),
    ...checkSecretFile(path, "database file"),
    ...checkCertificates(dataDir, tls, now),
    ...checkCliFile(dataDir),
  ];
}
