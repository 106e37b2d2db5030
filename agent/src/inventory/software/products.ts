import type { Software } from "./found-software.ts";

/** A product that matters for a host's move, and what its parts are called. */
export interface Product {
  kind: Software["kind"];
  name: string;
  /** Packages that bring the engine; clients, libraries and documentation do not count. */
  packages: RegExp;
  /** File names of programs that listen, without `.exe`. */
  programs: RegExp;
}

/** Of two that share a program, the one that it is when nothing else tells comes first. */
export const PRODUCTS: readonly Product[] = [
  {
    kind: "database",
    name: "PostgreSQL",
    packages: /^postgresql-\d+(?:\.\d+)?$|^postgresql\d*-server$/,
    programs: /^(?:postgres|postmaster)$/,
  },
  {
    kind: "database",
    name: "MySQL",
    packages:
      /^mysql-server-core-\d[\d.]*$|^mysql-(?:community|commercial)-server(?:-core)?$|^mysql(?:\d[\d.]*)?-server$/,
    programs: /^mysqld(?:-nt|-debug)?$/,
  },
  {
    kind: "database",
    name: "MariaDB",
    packages: /^mariadb-server(?:-core)?(?:-\d[\d.]*)?$|^MariaDB-server$/,
    programs: /^(?:mariadbd|mysqld)$/,
  },
  {
    kind: "database",
    name: "Oracle Database",
    packages: /^oracle-database-(?:ee|xe|se2|free)\b/,
    programs: /^(?:oracle|tnslsnr)$/,
  },
  { kind: "database", name: "Microsoft SQL Server", packages: /^mssql-server$/, programs: /^sqlservr$/ },
  {
    kind: "database",
    name: "MongoDB",
    packages: /^mongodb(?:-org|-enterprise)?-server(?:-core)?$/,
    programs: /^mongod$/,
  },
  {
    kind: "database",
    name: "Redis",
    packages: /^redis(?:-server)?$/,
    programs: /^(?:redis-server|redis-check-rdb)$/,
  },
  {
    kind: "web-server",
    name: "Apache HTTP Server",
    packages: /^(?:apache2|apache2-bin|httpd|httpd-core)$/,
    programs: /^(?:apache2|httpd)$/,
  },
  {
    kind: "web-server",
    name: "nginx",
    packages: /^nginx(?:-core|-light|-full|-extras|-mainline)?$/,
    programs: /^nginx$/,
  },
];

/** File name of a program, on either system, without `.exe`. */
export function programName(executable: string): string {
  return (executable.split(/[\\/]/).at(-1) ?? "").replace(/\.exe$/i, "").toLowerCase();
}

/** The product that a program is by its file's name. */
export function productOf(executable: string): Product | undefined {
  const name = programName(executable);
  return PRODUCTS.find(({ programs }) => programs.test(name));
}

/** The version that a path names, as in /usr/lib/postgresql/15/bin or C:\app\product\19.3.0\dbhome_1. */
export function versionInPath(path: string): string | undefined {
  return /[\\/](?:[a-z]+(?: Server)?[- ])?(\d+(?:\.\d+){0,4})(?=[\\/])/i.exec(path)?.[1];
}
