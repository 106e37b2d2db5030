import ipaddr from "ipaddr.js";

const HOST = String.raw`[\p{L}\p{N}._-]{1,253}`;
/** SQL Server's own: `tcp:HOST\INSTANCE,PORT`. */
const SQL_SERVER = new RegExp(
  String.raw`^(?:(?:tcp|np|lpc):)?(?<host>${HOST})(?<instance>\\${HOST})?(?:,\s*(?<port>\d{1,5}))?$`,
  "iu",
);
const NAMED_PIPE = new RegExp(String.raw`^(?:np:)?\\\\(?<host>${HOST})\\pipe\\`, "iu");
/** `HOST`, `HOST:PORT`, `//HOST:PORT/SERVICE`, `[IPv6]:PORT`. */
const PLAIN = new RegExp(
  String.raw`^(?:tcps?:)?(?://)?(?:\[(?<v6>[\da-f:.%]+)\]|(?<host>${HOST}))(?::(?<port>\d{1,5}))?(?<path>[/:].*)?$`,
  "iu",
);
const DESCRIPTOR_ADDRESS = /\(\s*ADDRESS\s*=\s*((?:\([^()]*\)\s*)+)\)/gi;
const valueOf = (text: string, key: string) =>
  new RegExp(String.raw`\(\s*${key}\s*=\s*([^()\s]+)\s*\)`, "i").exec(text)?.[1];

/** What the file says of where a link leads. */
export interface LinkWords {
  engine: string;
  product: string;
  host: string;
  port: string;
}

export type ParsedTargets = { targets: string[] } | { column: "host" | "port"; reason: string };

const EXPECTED = "expected a host name or an address, with its port or without";
const LONGEST_NAME = 253;
/** The engine's owner may not have been allowed to see it. */
const NOT_TOLD = "(not told)";

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
}

function written(host: string, port: string | undefined): string {
  if (port === undefined) return host;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Oracle Net's connect descriptor: every address that it names. */
function ofDescriptor(text: string): string[] {
  const addresses = [...text.matchAll(DESCRIPTOR_ADDRESS)].map(([, inner = ""]) => inner);
  return addresses.flatMap((inner) => {
    const host = valueOf(inner, "HOST");
    return host === undefined ? [] : [written(host, valueOf(inner, "PORT"))];
  });
}

/** One of a list; undefined where it is nothing that names a host. */
function ofPlain(text: string, port: string | undefined): string | undefined {
  if (/^[/@](?!\/)/.test(text)) return "(a socket of this host)";
  if (ipaddr.IPv6.isValid(text)) return written(text, port);
  const { v6, host, port: own } = PLAIN.exec(text)?.groups ?? {};
  const name = v6 ?? host;
  return name === undefined ? undefined : written(name, own ?? port);
}

function ofList(host: string, port: string): ParsedTargets {
  const hosts = host.split(",").map((one) => one.trim());
  const ports = port === "" ? [] : port.split(",").map((one) => one.trim());
  const targets = hosts.map((one, index) => ofPlain(one, ports[index] ?? ports[0]));
  if (targets.includes(undefined)) return { column: "host", reason: EXPECTED };
  return { targets: targets.filter((target) => target !== undefined) };
}

/** Kinds of names that are looked up on the engine's host. */
const LOOKED_UP = ["name in tnsnames.ora", "ODBC data source"] as const;

/** The name in a target of parseLinkTargets that is only looked up on the engine's host; undefined for any other target. */
export function lookedUpName(target: string): string | undefined {
  const ending = LOOKED_UP.map((what) => ` (${what})`).find((end) => target.endsWith(end));
  return ending === undefined ? undefined : target.slice(0, -ending.length);
}

/** Something that is looked up elsewhere. */
function ofName(name: string, what: (typeof LOOKED_UP)[number]): ParsedTargets {
  return name.length > LONGEST_NAME ? { column: "host", reason: EXPECTED } : { targets: [`${name} (${what})`] };
}

function ofOracle(host: string, port: string): ParsedTargets {
  if (host.includes("(")) {
    const targets = ofDescriptor(host);
    return targets.length > 0 ? { targets } : { column: "host", reason: "expected ADDRESS entries with a HOST" };
  }
  return /[:/]/.test(host) || port !== "" ? ofList(host, port) : ofName(host, "name in tnsnames.ora");
}

/** The port within a data source counts before the column's, which the query itself leaves empty. */
function ofSqlServer(host: string, column: string): ParsedTargets {
  const pipe = NAMED_PIPE.exec(host)?.groups?.["host"];
  if (pipe !== undefined) return { targets: [`\\\\${pipe}`] };
  const { host: name, instance = "", port = column } = SQL_SERVER.exec(host)?.groups ?? {};
  if (name === undefined) return ofList(host, column);
  return { targets: [`${name}${instance}${port === "" ? "" : `:${port}`}`] };
}

/**
 * Where a link leads, as `host`, `host\instance`, `host:port` or `[IPv6]:port`; in brackets what is no address. A name of
 * tnsnames.ora or of an ODBC data source is only looked up on the engine's host, and is marked as such.
 */
export function parseLinkTargets({ engine, product, host, port }: LinkWords): ParsedTargets {
  if (port !== "" && !port.split(",").every((one) => isPort(one.trim())))
    return { column: "port", reason: "expected a whole number of 1 to 65535, or nothing" };
  if (host === "") return { targets: [NOT_TOLD] };
  if (engine === "oracle" || (engine === "sqlserver" && /^(?:OraOLEDB|MSDAORA)/i.test(product)))
    return ofOracle(host, port);
  if (engine !== "sqlserver") return ofList(host, port);
  return /^MSDASQL/i.test(product) ? ofName(host, "ODBC data source") : ofSqlServer(host, port);
}
