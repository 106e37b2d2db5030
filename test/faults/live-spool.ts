import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const LIFE = fileURLToPath(new URL("./spool-life.ts", import.meta.url));
const KILLER = new URL("./kill-at-step.ts", import.meta.url).href;
const FLOWS_PER_REPORT = 3;

export interface Life {
  /** The step at which it was killed; nothing where it ended by itself. */
  killed: string | undefined;
  kept: number[];
  upMs: number | undefined;
  output: string;
}

/** @param args of spool-life.ts @param step at which it is killed; nothing to let it end by itself */
export function liveSpool(args: (string | number)[], step?: number): Promise<Life> {
  const query = step === undefined ? "" : `?step=${step}`;
  const started = performance.now();
  const child = spawn(process.execPath, ["--import", KILLER + query, LIFE, ...args.map(String)], { stdio: "pipe" });
  let output = "";
  let upMs: number | undefined;
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
    if (upMs === undefined && output.includes("up\n")) upMs = performance.now() - started;
  });
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve) => {
    child.on("close", (code, signal) => {
      const killed = signal === "SIGKILL" ? (/killed (.*)\n/.exec(output)?.[1] ?? "?") : undefined;
      const kept = [...output.matchAll(/kept (\d+)\n/g)].map(([, key]) => Number(key));
      resolve({ killed, kept, upMs, output: code === 0 || killed ? output : `exit ${code}: ${output}` });
    });
  });
}

/** Reports that were promised and of which a flow never came. */
export function lostKeys(kept: ReadonlySet<number>, applied: ReadonlyMap<string, number>): number[] {
  return [...kept].filter((key) =>
    Array.from({ length: FLOWS_PER_REPORT }, (_, flow) => `fd00::${key.toString(16)}:${flow}`).some(
      (peer) => !applied.has(peer),
    ),
  );
}
