import { readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import * as z from "zod/mini";
import type { ProxySettings } from "./delivery/connection.ts";
import { UsageError, messageOf } from "./errors.ts";
import { isWindows } from "./platform.ts";
import { localTimeZone } from "./time-zone.ts";

/** A number within bounds; outside them the message says which. */
function between(min: number, max: number, what = "a number") {
  const error = `${what} from ${min} to ${max}`;
  return z.number({ error }).check(z.refine((value) => value >= min && value <= max, { error }));
}

const directory = z.string({ error: "the path of a directory" }).check(z.minLength(1, "the path of a directory"));
const WHOLE_PATH = "the whole path of a folder";
const folder = z.string({ error: WHOLE_PATH }).check(z.refine((path) => isAbsolute(path), { error: WHOLE_PATH }));
const section = (error: string) => ({ error: `an object with ${error}` });

/** TIME_WAIT lives 60 s: samples further apart than 30 s would miss some of it. */
const SAMPLE = { min: 1, max: 30 };
const REPORT = { min: 5, max: 3600 };

const ordered = z.refine<{ min: number; max: number }>(({ min, max }) => min <= max, {
  error: ({ input }) => `a min that is not above max (with defaults: ${JSON.stringify(input)})`,
});
const sampleBounds = z
  .strictObject(
    {
      min: z.prefault(between(SAMPLE.min, SAMPLE.max), 5),
      max: z.prefault(between(SAMPLE.min, SAMPLE.max), 30),
    },
    section("min and max"),
  )
  .check(ordered);
const reportBounds = z
  .strictObject(
    {
      min: z.prefault(between(REPORT.min, REPORT.max), 15),
      max: z.prefault(between(REPORT.min, REPORT.max), 900),
    },
    section("min and max"),
  )
  .check(ordered);

const USUAL_SOURCES = ["ss-events", "tracefs", "conntrack"] as const;
/** The last two, of Windows, are used only where the file names them: logs that the site must have switched on. */
const EVENT_SOURCES = [...USUAL_SOURCES, "firewall-log", "security-events"] as const;

const PROXY_URL = "a proxy's url as http://proxy.example:3128";

function isProxyUrl(text: string): boolean {
  const url = URL.parse(text);
  return text === "" || (url !== null && ["http:", "https:"].includes(url.protocol) && url.hostname !== "");
}

const ConfigFile = z.strictObject(
  {
    /** Seconds between two looks at the socket tables. */
    sampleSeconds: z.prefault(between(SAMPLE.min, SAMPLE.max), 15),
    /** Seconds between two reports. */
    reportSeconds: z.prefault(between(REPORT.min, REPORT.max), 60),
    /** Within these a collector's instructions are obeyed. */
    bounds: z.prefault(
      z.strictObject(
        { sampleSeconds: z.prefault(sampleBounds, {}), reportSeconds: z.prefault(reportBounds, {}) },
        section("sampleSeconds and reportSeconds"),
      ),
      {},
    ),
    /** Seconds between two looks at the host's facts. */
    inventorySeconds: z.prefault(between(60, 86_400), 3600),
    /** Of one core, on average; the agent looks less often before it takes more. */
    cpuPercent: z.prefault(between(0.1, 100), 1),
    spoolMegabytes: z.prefault(between(1, 10_000), 64),
    quarantineMegabytes: z.prefault(between(1, 10_000), 32),
    /** The way out; instead of HTTPS_PROXY and NO_PROXY. An empty text means none, whatever the variables say. */
    proxy: z.optional(z.string({ error: PROXY_URL }).check(z.refine(isProxyUrl, { error: PROXY_URL }))),
    noProxy: z.optional(z.string({ error: "hosts, .domains and addresses, comma-separated" })),
    /** Used where the host has them, beside the socket tables; a source that is left out stays off. */
    eventSources: z.prefault(
      z.array(z.enum(EVENT_SOURCES, { error: `one of ${EVENT_SOURCES.join(", ")}` }), {
        error: `a list of ${EVENT_SOURCES.join(", ")}`,
      }),
      [...USUAL_SOURCES],
    ),
    /** Windows Firewall's log. */
    firewallLog: z.prefault(
      z.string({ error: "the path of a file" }).check(z.minLength(1, "the path of a file")),
      firewallLog(),
    ),
    /** Ask a domain controller, at most once an hour, whether this host's account still works. */
    directoryProbe: z.prefault(z.boolean({ error: "true or false" }), true),
    /** Folders whose configuration files are searched for addresses; none unless they are named here. */
    configurationFolders: z.prefault(
      z
        .array(folder, { error: "a list of folders, each by its whole path" })
        .check(z.maxLength(64, "64 folders at most")),
      [],
    ),
    /** Name of the kernel's tracing instance; agents in containers of one host need one each. */
    traceInstance: z.prefault(
      z.string({ error: "a name of letters, digits and dashes" }).check(z.regex(/^[\w-]{1,64}$/)),
      "portolan",
    ),
    procRoot: z.prefault(directory, "/proc"),
    etcRoot: z.prefault(directory, "/etc"),
    sysRoot: z.prefault(directory, "/sys"),
    logLevel: z.prefault(
      z.enum(["debug", "info", "warn", "error"], { error: "one of debug, info, warn, error" }),
      "info",
    ),
  },
  section("the agent's settings"),
);

/** The agent's settings; sizes in megabytes (10^6 bytes), times in seconds. */
export type Config = z.infer<typeof ConfigFile>;

/**
 * Reads the agent's configuration file, or gives the defaults when there is none.
 *
 * @throws UsageError naming the file, the key, the value and what was expected.
 */
export function loadConfig(file?: string): Config {
  if (file === undefined) return ConfigFile.parse({});
  const content = readJson(file);
  const result = ConfigFile.safeParse(content);
  if (result.success) return result.data;
  throw new UsageError(result.error.issues.map((issue) => `${file}: ${describe(issue, content)}`).join("\n"));
}

/** Where Windows Firewall writes its log unless told otherwise. */
function firewallLog(): string {
  return `${process.env["SystemRoot"] ?? "C:\\Windows"}\\System32\\LogFiles\\Firewall\\pfirewall.log`;
}

/** Where identity and spool live when nobody says otherwise. */
export function defaultStateDir(): string {
  if (!isWindows()) return "/var/lib/portolan-agent";
  return join(process.env["ProgramData"] ?? "C:\\ProgramData", "portolan-agent");
}

/** Where a service's program lies on Windows; only administrators may write there. */
export function defaultProgramDir(): string {
  return join(process.env["ProgramW6432"] ?? process.env["ProgramFiles"] ?? "C:\\Program Files", "Portolan Agent");
}

/**
 * How to get out: the file's word, else that of HTTPS_PROXY and NO_PROXY (lower-case ones win, as in curl). HTTP_PROXY
 * says nothing here: plain http stays on this machine.
 *
 * @throws UsageError where a variable is no proxy's url; its value, which may hold a password, is not repeated.
 */
export function proxyOf({ proxy, noProxy }: Config): ProxySettings {
  const { env } = process;
  const variable = env["https_proxy"] || env["HTTPS_PROXY"];
  // curl takes an address without scheme for http.
  const named = proxy ?? (variable && !variable.includes("://") ? `http://${variable}` : variable);
  if (!named) return {};
  if (!isProxyUrl(named)) throw new UsageError(`HTTPS_PROXY: expected ${PROXY_URL}`);
  const around = noProxy ?? (env["no_proxy"] || env["NO_PROXY"]);
  return { proxy: named, ...(around && { noProxy: around }) };
}

/** The IANA name of this host's time zone. */
export function hostTimeZone({ etcRoot }: Config): string {
  return localTimeZone(etcRoot, process.env["TZ"]);
}

function readJson(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(`${file}: cannot be read: ${messageOf(error)}`, { cause: error });
  }
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    throw new UsageError(`${file}: not JSON: ${messageOf(error)}`, { cause: error });
  }
}

function describe(issue: z.core.$ZodIssue, content: unknown): string {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    const keys = issue.keys.map((key) => [...path, key].join(".")).join(", ");
    return `${keys}: unknown key, expected one of ${knownKeys(path).join(", ")}`;
  }
  // It may hold a password.
  if (path[0] === "proxy") return `proxy: expected ${issue.message}`;
  const value = issue.path.reduce<unknown>((within, key) => member(within, String(key)), content);
  return `${path.join(".") || "content"}: got ${JSON.stringify(value)}, expected ${issue.message}`;
}

function member(within: unknown, key: string): unknown {
  return typeof within === "object" && within !== null ? Reflect.get(within, key) : undefined;
}

function knownKeys(path: string[]): string[] {
  const at = path.reduce<unknown>(member, ConfigFile.parse({}));
  const optional = path.length === 0 ? ["proxy", "noProxy"] : [];
  return typeof at === "object" && at !== null ? [...Object.keys(at), ...optional] : [];
}
