import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createFactReading } from "../reading.ts";
import { type ListeningProgram, withListeners } from "../software/found-software.ts";
import { programsOf } from "../software/listening-programs.ts";
import { productOf, versionInPath } from "../software/products.ts";
import { packaged } from "./packaged.ts";
import { parseDpkgStatus, upstreamVersion } from "./parse-dpkg-status.ts";
import { parseOratab } from "./parse-oratab.ts";
import { parseRpmHeader } from "./parse-rpm-header.ts";
import { software } from "./software.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "portolan-software-"));
});
afterEach(() => rmSync(root, { recursive: true }));

const write = (path: string, text: string) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
};

/** SYNTHETIC paragraph of dpkg's status. */
const paragraph = (name: string, version: string, status = "install ok installed") =>
  `Package: ${name}\nStatus: ${status}\nMaintainer: Somebody <a@example.org>\nVersion: ${version}\nDescription: x\n Version: 9 in a text\n\n`;

/** SYNTHETIC header of an rpm, as its database keeps it. */
function rpmHeader(texts: Record<number, string>): Buffer {
  const entries = Object.entries(texts);
  const data = Buffer.from(entries.map(([, text]) => `${text}\0`).join(""), "utf8");
  const head = Buffer.alloc(8 + 16 * entries.length);
  head.writeUInt32BE(entries.length, 0);
  head.writeUInt32BE(data.length, 4);
  let offset = 0;
  for (const [index, [tag, text]] of entries.entries()) {
    const at = 8 + 16 * index;
    for (const [place, value] of [Number(tag), 6, offset, 1].entries()) head.writeUInt32BE(value, at + 4 * place);
    offset += Buffer.byteLength(text) + 1;
  }
  return Buffer.concat([head, data]);
}

/** Nobody listens in this process table. */
async function found() {
  const reading = createFactReading();
  const sampler = { procRoot: join(root, "proc"), containers: false };
  const items = await software({ etcRoot: join(root, "etc"), libRoot: join(root, "lib"), sampler }, reading);
  return { items, reasons: reading.unread.map(({ reason }) => reason) };
}

describe("installed packages", () => {
  test("of dpkg: engines once for each version, not what was removed, no clients", async () => {
    write(
      "lib/dpkg/status",
      [
        paragraph("postgresql-15", "15.18-0+deb12u1"),
        paragraph("postgresql-13", "13.2-1", "deinstall ok config-files"),
        paragraph("postgresql-16", "16.4-1.pgdg120+1"),
        paragraph("postgresql-client-15", "15.18-0+deb12u1"),
        paragraph("mariadb-server", "1:10.11.6-0+deb12u1"),
        paragraph("mariadb-server-core", "1:10.11.6-0+deb12u1"),
        paragraph("libmariadb3", "1:10.11.6-0+deb12u1"),
      ].join(""),
    );
    const { items } = await found();
    expect(items).toEqual([
      {
        kind: "database",
        name: "MariaDB",
        version: "10.11.6",
        ports: [],
        sources: ["dpkg: mariadb-server 1:10.11.6-0+deb12u1", "dpkg: mariadb-server-core 1:10.11.6-0+deb12u1"],
      },
      {
        kind: "database",
        name: "PostgreSQL",
        version: "15.18",
        ports: [],
        sources: ["dpkg: postgresql-15 15.18-0+deb12u1"],
      },
      {
        kind: "database",
        name: "PostgreSQL",
        version: "16.4",
        ports: [],
        sources: ["dpkg: postgresql-16 16.4-1.pgdg120+1"],
      },
    ]);
  });

  test("of rpm: by its SQLite database, in which nothing is written", async () => {
    mkdirSync(join(root, "lib/rpm"), { recursive: true });
    const database = new DatabaseSync(join(root, "lib/rpm/rpmdb.sqlite"));
    database.exec(
      "CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL); CREATE TABLE Name (key TEXT, hnum INTEGER, idx INTEGER)",
    );
    const add = (number: number, name: string, version: string) => {
      const header = rpmHeader({ 1000: name, 1001: version, 1002: "1.el9", 1004: "summary" });
      database.prepare("INSERT INTO Packages VALUES (?, ?)").run(number, header);
      database.prepare("INSERT INTO Name VALUES (?, ?, 0)").run(name, number);
    };
    add(1, "bash", "5.1.8");
    add(2, "postgresql16-server", "16.4");
    add(3, "mysql-community-server", "8.0.36");
    database.close();
    const { items } = await found();
    expect(items.map(({ name, version, sources }) => [name, version, sources[0]])).toEqual([
      ["MySQL", "8.0.36", "rpm: mysql-community-server 8.0.36-1.el9"],
      ["PostgreSQL", "16.4", "rpm: postgresql16-server 16.4-1.el9"],
    ]);
    expect(readdirSync(join(root, "lib/rpm"))).toEqual(["rpmdb.sqlite"]);
  });

  test("of rpm: by a header that rpm 4.18 itself wrote into its database", () => {
    const header = readFileSync(new URL("fixtures/rpm-4.18-header.bin", import.meta.url));
    expect(parseRpmHeader(header)).toEqual({ name: "postgresql16-server", version: "16.4-1.synthetic" });
  });

  test("a database of rpm that is not read is named", async () => {
    write("lib/rpm/Packages", "synthetic Berkeley DB");
    const { reasons } = await found();
    expect(reasons).toContainEqual(expect.stringMatching(/rpm\/Packages: expected rpmdb\.sqlite/));
    expect(reasons).toContainEqual("listeners: a table of sockets could not be read");
  });
});

test("a listener whose program nobody can name is said, as its ports stand by no product", async () => {
  const heading = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
  const row = "   0: 00000000:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000   999        0 4242 1\n";
  for (const name of ["tcp", "tcp6", "udp", "udp6"]) write(`proc/net/${name}`, heading);
  expect((await found()).reasons).toEqual([]);
  write("proc/net/tcp", heading + row);
  expect((await found()).reasons).toEqual(["listeners: some belong to other users, and their programs cannot be read"]);
});

test("Oracle's table names instances, not storage", async () => {
  write("etc/oratab", "# comment\n+ASM:/u01/app/grid:N\nERP:/u01/app/oracle/product/19.3.0/db_1/:Y\n*:/u01/x:N\n");
  expect((await found()).items).toEqual([
    {
      kind: "database",
      name: "Oracle Database",
      version: "19.3.0",
      instance: "ERP",
      ports: [],
      sources: [join(root, "etc/oratab")],
    },
  ]);
});

const byFile = ({ executable }: ListeningProgram) => {
  const product = productOf(executable);
  return product && { kind: product.kind, name: product.name, version: versionInPath(executable) ?? "?" };
};

const observation = (port: number, address: string, executable?: string, container?: string) => ({
  protocol: "tcp" as const,
  state: "listening" as const,
  localAddress: address,
  localPort: port,
  remoteAddress: "0.0.0.0",
  remotePort: 0,
  inode: port,
  ...(executable !== undefined && {
    process: { name: "x", executable, ...(container !== undefined && { container: { id: container } }) },
  }),
});

describe("listening programs", () => {
  test("each once, with the ports that others reach; what is unknown is counted", () => {
    const { programs, unknown } = programsOf({
      isComplete: true,
      observations: [
        observation(5432, "0.0.0.0", "/usr/lib/postgresql/15/bin/postgres"),
        observation(5432, "::", "/usr/lib/postgresql/15/bin/postgres"),
        observation(3306, "127.0.0.1", "/usr/sbin/mysqld"),
        observation(22, "0.0.0.0"),
        { ...observation(9, "0.0.0.0", "/bin/x"), state: "established" },
      ],
    });
    expect(unknown).toBe(1);
    expect(programs).toEqual([
      { executable: "/usr/lib/postgresql/15/bin/postgres", ports: [5432] },
      { executable: "/usr/sbin/mysqld", ports: [] },
    ]);
  });

  test("a program goes to the package of its version; in a container, and without package, it stands alone", () => {
    const installed = parseDpkgStatus(paragraph("postgresql-15", "15.18-0") + paragraph("postgresql-16", "16.4-1"));
    const named = withListeners(
      packaged(installed, "dpkg"),
      [
        { executable: "/usr/lib/postgresql/16/bin/postgres", ports: [5433] },
        { executable: "/usr/lib/postgresql/16/bin/postgres", container: "0123456789ab", ports: [5432] },
        { executable: "/opt/mysql-8.0.36/bin/mysqld", ports: [3306] },
        { executable: "/usr/bin/something", ports: [1] },
      ],
      byFile,
    );
    expect(named.map(({ name, version, ports, sources }) => [name, version, ports, sources.at(-1)])).toEqual([
      ["MySQL", "8.0.36", [3306], "listener"],
      ["PostgreSQL", "15.18", [], "dpkg: postgresql-15 15.18-0"],
      ["PostgreSQL", "16", [5432], "listener in container 0123456789ab"],
      ["PostgreSQL", "16.4", [5433], "listener"],
    ]);
  });
});

test.each([
  ["1:10.11.6-0+deb12u1", "10.11.6"],
  ["2.4.62-1~deb12u1", "2.4.62"],
  ["8.0.39-0ubuntu0.22.04.1", "8.0.39"],
  ["7.0.15+dfsg-1", "7.0.15"],
  ["16.4", "16.4"],
])("%s is the makers' %s", (version, upstream) => {
  expect(upstreamVersion(version)).toBe(upstream);
});

test.each([
  ["/usr/lib/postgresql/15/bin/postgres", "15"],
  ["/usr/pgsql-16/bin/postgres", "16"],
  ["C:\\Program Files\\MySQL\\MySQL Server 8.0\\bin\\mysqld.exe", "8.0"],
  ["/home/user2/bin/mysqld", undefined],
  ["/usr/sbin/mysqld", undefined],
])("the path %s names version %s", (path, version) => {
  expect(versionInPath(path)).toBe(version);
});

test("any bytes give packages, instances, or none", () => {
  const header = rpmHeader({ 1000: "nginx", 1001: "1.20", 1002: "1" });
  const damaged = fc.array(fc.tuple(fc.nat(header.length - 1), fc.nat(255)), { maxLength: 6 }).map((edits) => {
    const copy = Buffer.from(header);
    for (const [at, byte] of edits) copy[at] = byte;
    return copy;
  });
  fc.assert(
    fc.property(
      fc.oneof(
        damaged,
        fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      ),
      fc.string({ maxLength: 200 }),
      (bytes, text) => {
        const name = parseRpmHeader(bytes)?.name;
        expect(name === undefined || name.length <= bytes.length).toBe(true);
        expect(parseDpkgStatus(text).length + parseOratab(text).length).toBeLessThanOrEqual(text.length);
      },
    ),
    { numRuns: 3000, seed: 20_261_121 },
  );
});
