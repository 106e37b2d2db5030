import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TokenContent } from "@portolan/protocol";
import { z } from "zod";
import { readEnvironment } from "../config.ts";
import { CommandError } from "../errors.ts";
import { decodeToken } from "../tokens/token-text.ts";
import { readAll, type Streams } from "./streams.ts";

/** How a command finds the collector: --url and a token, or the data folder of a collector on this machine. */
export interface ConnectionOptions {
  url?: string;
  tokenFile?: string;
  data?: string;
}

export interface Connection {
  url: string;
  secret: string;
  caSha256: string | undefined;
}

/** Written by `serve` at each start, mode 0600. */
export const CliFile = z.object({ url: z.string(), token: z.string(), caSha256: z.string().optional() });
export type CliFile = z.infer<typeof CliFile>;

export function cliFilePath(dataDir: string): string {
  return join(dataDir, "cli.json");
}

function readCliFile(dataDir: string): Connection {
  const path = cliFilePath(dataDir);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    throw new CommandError(
      `no collector found: ${path} can't be read. Start one with \`npm start\` or \`portolan serve\`, or name one with --url (or PORTOLAN_URL) and a token.`,
    );
  }
  const parsed = CliFile.safeParse(jsonOrUndefined(text));
  if (!parsed.success)
    throw new CommandError(`${path}: expected {url, token, caSha256}; it is rewritten when the collector starts`);
  return { ...toConnection(parsed.data.token, parsed.data.url), caSha256: parsed.data.caSha256 };
}

function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function toConnection(text: string, url: string | undefined): Connection {
  const token: Partial<TokenContent> = decodeToken(text) ?? {};
  const target = url ?? token.url;
  if (target === undefined)
    throw new CommandError("the token does not name its collector: give --url or PORTOLAN_URL", 2);
  if (!/^https?:\/\//.test(target))
    throw new CommandError(`--url: expected http:// or https://, got ${JSON.stringify(target)}`, 2);
  return { url: target.replace(/\/$/, ""), secret: token.secret ?? text.trim(), caSha256: token.caSha256 };
}

/** The token comes from a file, standard input or the environment, never from argv. */
export async function findCollector(options: ConnectionOptions, streams: Streams): Promise<Connection> {
  const environment = readEnvironment();
  let token: string | undefined;
  if (options.tokenFile === "-") token = await readAll(streams.in);
  else if (options.tokenFile !== undefined) {
    try {
      token = readFileSync(options.tokenFile, "utf8");
    } catch (error) {
      throw new CommandError(`--token-file ${options.tokenFile}: can't be read: ${(error as Error).message}`, 2);
    }
  } else if (options.data === undefined) token = environment.token;
  if (token !== undefined && token.trim() !== "") return toConnection(token, options.url ?? environment.url);
  if (options.data === undefined && (options.url ?? environment.url) !== undefined)
    throw new CommandError("a token is needed with --url: give --token-file FILE, --token-file - or PORTOLAN_TOKEN", 2);
  return readCliFile(options.data ?? "data");
}
