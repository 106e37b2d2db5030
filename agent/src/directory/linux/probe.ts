import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { codeOf } from "../../errors.ts";
import type { ProbeResult } from "../directory-reader.ts";
import { controllerOfProbe, lastWord, outcomeOfProbe } from "./parse-probe.ts";

/** The account to ask for, as the keytab names it. */
export interface Account {
  /** `M1$`. */
  name: string;
  realm: string;
  keytab: string;
}

interface ProbeOptions {
  signal?: AbortSignal | undefined;
  /** Of all tools together. */
  timeoutMs?: number;
  /** Where to look for the tools; another place in tests only. */
  toolPath?: string;
}

const TOOL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const PROBE_MS = 15_000;
const MOST_OUTPUT = 64 * 1024;
/** For the last words of a tool that is over; whoever holds its output longer is something that it left behind. */
const LAST_WORDS_MS = 500;

interface End {
  code: number | null;
  signal: NodeJS.Signals | null;
  text: string;
}

type Ended = ({ kind: "ended" } & End) | { kind: "hung" | "missing" };

/**
 * Asks a controller whether the account's secret still holds: `adcli testjoin`, or `kinit` with the keytab where there is no
 * adcli or it can't say. Changes nothing: no ticket is kept, and what the tools write for themselves is removed. What
 * takes longer than 15 s is killed.
 */
export async function probeMembership(
  { name, realm, keytab }: Account,
  { signal, timeoutMs = PROBE_MS, toolPath = TOOL_PATH }: ProbeOptions = {},
): Promise<Pick<ProbeResult, "tool" | "outcome" | "detail" | "controller">> {
  const end = performance.now() + timeoutMs;
  const folder = ownFolder();
  const principal = `${name}@${realm}`;
  const env = { PATH: toolPath, LC_ALL: "C", KRB5CCNAME: "MEMORY:", ...(folder !== undefined && { TMPDIR: folder }) };
  const hung = {
    outcome: "unclear",
    detail: `killed after ${Math.round(timeoutMs / 1000)} s without an answer`,
  } as const;
  const attempt = (argv: [string, ...string[]]): Promise<Ended> => run(argv, env, end - performance.now(), signal);
  try {
    // The domain is said, or adcli takes it from the host's name; the account it takes from the keytab.
    const adcli = await attempt([
      "adcli",
      "testjoin",
      "-v",
      `--domain=${realm.toLowerCase()}`,
      `--host-keytab=${keytab}`,
    ]);
    if (adcli.kind === "hung") return { tool: "adcli testjoin", ...hung };
    const first = adcli.kind === "ended" ? told("adcli", adcli, principal) : undefined;
    if (first !== undefined && first.outcome !== "unclear") return first;
    const kinit = await attempt(["kinit", "-k", "-t", keytab, "-c", "MEMORY:", principal]);
    if (kinit.kind === "ended") return told("kinit", kinit, principal);
    if (kinit.kind === "hung") return { tool: "kinit", ...hung };
    return first ?? { tool: "adcli testjoin", outcome: "tool-missing", detail: "neither adcli nor kinit is there" };
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}

/** For what the tools write for themselves, so that a killed one leaves nothing; where none can be made they do as they do. */
function ownFolder(): string | undefined {
  try {
    return mkdtempSync(join(tmpdir(), "portolan-probe-"));
  } catch {
    return undefined;
  }
}

function told(
  tool: "adcli" | "kinit",
  { code, signal, text }: End,
  principal: string,
): Pick<ProbeResult, "tool" | "outcome" | "detail" | "controller"> {
  const outcome = outcomeOfProbe(tool, code, text, principal);
  const end = signal === null ? `exit ${code ?? "unknown"} without a word` : `ended by ${signal}`;
  const [controller, detail] = [controllerOfProbe(text), (signal === null ? lastWord(text) : undefined) ?? end];
  return {
    tool: tool === "adcli" ? "adcli testjoin" : tool,
    outcome,
    ...(outcome !== "healthy" && { detail }),
    ...(controller !== undefined && { controller }),
  };
}

/** Resolves when the program ended or the time is over, whatever it may have started itself. */
function run(
  [file, ...rest]: [string, ...string[]],
  env: NodeJS.ProcessEnv,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Ended> {
  const { spawn } = process.getBuiltinModule("node:child_process");
  return new Promise((resolve) => {
    // A group of its own: killed whole.
    const child = spawn(file, rest, { env, cwd: "/", stdio: ["ignore", "pipe", "pipe"], detached: true });
    let text = "";
    const take = (piece: Buffer): void => {
      if (text.length < MOST_OUTPUT) text += piece.toString("utf8");
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    const killGroup = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      } catch {
        // Over by now.
      }
    };
    const kill = (): void => {
      killGroup();
      settle({ kind: "hung" });
    };
    let lastWords: NodeJS.Timeout | undefined;
    const timer = setTimeout(kill, Math.max(0, timeoutMs));
    const settle = (ended: Ended): void => {
      clearTimeout(timer);
      clearTimeout(lastWords);
      signal?.removeEventListener("abort", kill);
      child.stdout.destroy();
      child.stderr.destroy();
      resolve(ended);
    };
    signal?.addEventListener("abort", kill);
    if (signal?.aborted === true) kill();
    child.once("error", (error) =>
      settle(
        codeOf(error) === "ENOENT"
          ? { kind: "missing" }
          : { kind: "ended", code: null, signal: null, text: error.message },
      ),
    );
    child.once("exit", (code, endedBy) => {
      lastWords = setTimeout(() => {
        killGroup();
        settle({ kind: "ended", code, signal: endedBy, text });
      }, LAST_WORDS_MS);
    });
    child.once("close", (code, endedBy) => settle({ kind: "ended", code, signal: endedBy, text }));
  });
}
