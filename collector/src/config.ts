import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { CommandError } from "./errors.ts";
import { isLoopback } from "./tls/is-loopback.ts";

/** What the environment may set; read here and nowhere else. */
export interface Environment {
  url: string | undefined;
  token: string | undefined;
}

export function readEnvironment(): Environment {
  return { url: process.env["PORTOLAN_URL"], token: process.env["PORTOLAN_TOKEN"] };
}

const ConfigFile = z.strictObject({
  data: z.string().min(1).optional(),
  listen: z.string().optional(),
  publicUrl: z.url({ protocol: /^https?$/ }).optional(),
  tls: z.strictObject({ certificate: z.string(), key: z.string() }).optional(),
  logLevel: z.enum(["debug", "info", "warn", "error"]).default("info"),
});

export interface ServeConfig {
  dataDir: string;
  host: string;
  port: number;
  /** Goes into tokens: how agents and people reach this collector. */
  publicUrl: string;
  /** Files of a given certificate (PEM, chain included) instead of the collector's own CA. */
  tls: { certificate: string; key: string } | undefined;
  secure: boolean;
  logLevel: "debug" | "info" | "warn" | "error";
}

export interface ServeOptions {
  data?: string | undefined;
  listen?: string | undefined;
  publicUrl?: string | undefined;
  config?: string | undefined;
}

function readConfigFile(path: string): z.infer<typeof ConfigFile> {
  let document: unknown;
  try {
    document = parse(readFileSync(path, "utf8")) ?? {};
  } catch (error) {
    throw new CommandError(`${path}: can't be read: ${(error as Error).message}`, 2);
  }
  const parsed = ConfigFile.safeParse(document);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join(".") || "(top level)"}: ${issue.message}`);
  throw new CommandError(`${path}: ${problems.join("; ")}`, 2);
}

/** "127.0.0.1:7440", "[::1]:7440". */
function parseListen(text: string): { host: string; port: number } {
  const match = /^(\[[0-9a-fA-F:.]+\]|[^:[\]]+):(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (!match?.[1] || port < 1 || port > 65535)
    throw new CommandError(`--listen: expected HOST:PORT such as 127.0.0.1:7440, got ${JSON.stringify(text)}`, 2);
  return { host: match[1].replace(/^\[|\]$/g, ""), port };
}

/** Options win over the file, the file over the defaults; the result is frozen. */
export function resolveServeConfig(options: ServeOptions): Readonly<ServeConfig> {
  const file = options.config ? readConfigFile(options.config) : ConfigFile.parse({});
  const { host, port } = parseListen(options.listen ?? file.listen ?? "127.0.0.1:7440");
  const secure = !isLoopback(host);
  const scheme = secure ? "https" : "http";
  const publicUrl =
    options.publicUrl ?? file.publicUrl ?? `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`;
  let url: URL;
  try {
    url = new URL(publicUrl);
  } catch {
    throw new CommandError(
      `--public-url: expected a URL such as https://collector:7440, got ${JSON.stringify(publicUrl)}`,
      2,
    );
  }
  if (secure && url.protocol !== "https:")
    throw new CommandError(`--public-url: expected https:// because ${host} is not loopback, got ${publicUrl}`, 2);
  return Object.freeze({
    dataDir: resolve(options.data ?? file.data ?? "data"),
    host,
    port,
    publicUrl: publicUrl.replace(/\/$/, ""),
    tls: file.tls,
    secure,
    logLevel: file.logLevel,
  });
}
