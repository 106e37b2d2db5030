import { readFileSync } from "node:fs";
import { hostname } from "node:os";

import type { EnrolmentRequest } from "@portolan/protocol";
import { type Config, hostTimeZone, loadConfig, proxyOf } from "../config.ts";
import { enrol } from "../delivery/enrolment.ts";
import { collectorUrl } from "../delivery/collector-url.ts";
import { parseToken } from "../delivery/token.ts";
import { AgentError, UsageError, messageOf } from "../errors.ts";
import { readMachineIdentity } from "../inventory/index.ts";
import { isWindows } from "../platform.ts";
import { readKnownAgent, writeIdentity } from "../state/identity.ts";
import { sealerOfThisHost } from "../state/sealer.ts";
import { makeStateDir } from "../state/state-dir.ts";
import { AGENT_VERSION } from "../version.ts";
import type { Streams } from "./streams.ts";

/** Introduces this host to its collector with an enrolment token, and keeps the identity that it gets. */
export async function run(
  options: { tokenFile: string; state: string; url?: string; config?: string; force?: boolean },
  { stdin, stdout }: Streams,
): Promise<number> {
  const config = loadConfig(options.config);
  const token = parseToken(await readToken(options.tokenFile, stdin));
  const url = options.url ?? token.url;
  collectorUrl(url);
  const state = makeStateDir(options.state);
  if (options.force !== true) {
    const known = readKnownAgent(state);
    if (known !== undefined) {
      throw new AgentError(
        `already enrolled at ${known.url} as ${known.agentId} (${state.root}); to enrol again, add --force`,
      );
    }
  }
  const identity = await enrol(token, url, await introduction(config), proxyOf(config));
  await writeIdentity(state, identity, await sealerOfThisHost());
  stdout.write(`enrolled at ${identity.url} as ${identity.agentId}, site ${identity.site}\n`);
  return 0;
}

async function readToken(file: string, stdin: NodeJS.ReadableStream): Promise<string> {
  if (file === "-") return await process.getBuiltinModule("node:stream/consumers").text(stdin);
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(`--token-file: ${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

async function introduction(config: Config): Promise<EnrolmentRequest> {
  return {
    hostname: hostname(),
    ...(await readMachineIdentity({ etcRoot: config.etcRoot, sysRoot: config.sysRoot })),
    platform: isWindows() ? "windows" : "linux",
    agentVersion: AGENT_VERSION,
    timeZone: hostTimeZone(config),
  };
}
