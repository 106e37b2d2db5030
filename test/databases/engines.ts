import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, globSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LAB_PATH } from "../estate/command.ts";

class EngineError extends Error {
  override name = "EngineError";
}

/** A real engine of its own folder, reached by a socket of the file system: it opens no port. */
export interface TestEngine {
  /** What the engine's own client prints of SQL; throws {@link EngineError} where it fails. */
  run(sql: string, as?: string): string;
  stop(): Promise<void>;
}

const POSTGRES_BIN = globSync("/usr/lib/postgresql/*/bin").sort().at(-1);
const PROGRAMS = ["psql", "runuser", "mariadbd", "mariadb-install-db", "mariadb"];

const isThere = (program: string) => spawnSync("which", [program], { env: { PATH: LAB_PATH } }).status === 0;

/** What the machine lacks for this, each with what to do. */
export function missingForEngines(): string[] {
  return [
    ...(process.getuid?.() === 0 ? [] : ["root: the engines run as accounts of their own"]),
    ...(PROGRAMS.every(isThere) && POSTGRES_BIN !== undefined
      ? []
      : ["PostgreSQL and MariaDB (apt-get install postgresql mariadb-server)"]),
  ];
}

function must(argv: readonly [string, ...string[]], input = ""): string {
  const [file, ...rest] = argv;
  const { status, stdout, stderr } = spawnSync(file, rest, {
    input,
    encoding: "utf8",
    env: { PATH: LAB_PATH },
    cwd: "/",
  });
  if (status !== 0) throw new EngineError(`${argv.join(" ")}: ${status}: ${stderr}`);
  return stdout;
}

function folderOf(account: string): { folder: string; data: string } {
  const folder = mkdtempSync(join(tmpdir(), "portolan-engine-"));
  chmodSync(folder, 0o711);
  const data = join(folder, "data");
  mkdirSync(data);
  must(["chown", account, data]);
  return { folder, data };
}

function asPostgres(program: string, ...rest: string[]): string {
  return must(["runuser", "-u", "postgres", "--", join(POSTGRES_BIN ?? "", program), ...rest]);
}

export async function startPostgres(): Promise<TestEngine> {
  const { folder, data } = folderOf("postgres");
  const cluster = join(data, "cluster");
  asPostgres("initdb", "-D", cluster, "-A", "trust", "--no-sync");
  const options = `-c listen_addresses= -c fsync=off -c wal_level=logical -k ${data} -p 5499`;
  asPostgres("pg_ctl", "-D", cluster, "-o", options, "-l", join(data, "log"), "-w", "start");
  return {
    run: (sql, as = "postgres") =>
      must(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", data, "-p", "5499", "-U", as, "--csv", "postgres"], sql),
    async stop() {
      asPostgres("pg_ctl", "-D", cluster, "-m", "immediate", "-w", "stop");
      rmSync(folder, { recursive: true });
    },
  };
}

export async function startMariadb(): Promise<TestEngine> {
  const { folder, data } = folderOf("mysql");
  must(["mariadb-install-db", "--no-defaults", "--user=mysql", `--datadir=${data}`, "--skip-test-db"]);
  const socket = join(data, "socket");
  const where = [`--datadir=${data}`, `--socket=${socket}`, "--skip-networking", "--skip-slave-start"];
  const server: ChildProcess = spawn(
    "mariadbd",
    ["--no-defaults", "--user=mysql", "--performance-schema=ON", "--server-id=7", ...where],
    { stdio: "ignore", env: { PATH: LAB_PATH } },
  );
  for (let tries = 0; !existsSync(socket); tries += 1) {
    if (tries > 100 || server.exitCode !== null) throw new EngineError("MariaDB did not start");
    await sleep(100);
  }
  return {
    run: (sql) => must(["mariadb", "--no-defaults", `--socket=${socket}`, "--batch"], sql),
    async stop() {
      const ended = once(server, "exit");
      server.kill("SIGKILL");
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}
