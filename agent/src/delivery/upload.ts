import { gzipSync } from "node:zlib";
import type { Instructions, Report } from "@portolan/protocol";
import * as z from "zod/mini";
import { messageOf } from "../errors.ts";
import { retryAfterMs } from "./backoff.ts";
import { apiUrl } from "./collector-url.ts";
import type { Connection } from "./connection.ts";

/** What the collector made of a report, and so what to do with it. */
export type Outcome =
  | {
      kind: "answered";
      status: number;
      applied: boolean;
      duplicate: boolean;
      rejected: Rejected[];
      instructions: Instructions;
    }
  /** It will never be taken as it is. */
  | { kind: "refused"; status: number; reason: string }
  | { kind: "too-large"; status: number }
  | { kind: "unauthorised"; status: number; reason: string }
  /** Later, perhaps; `status` is absent when nothing came back. */
  | { kind: "failed"; status?: number; reason: string; retryAfterMs?: number };

interface Rejected {
  path: string;
  reason: string;
}

/** Instructions come from outside: each is taken when it makes sense, and one that does not costs only itself. */
const Answer = z.object({
  applied: z.boolean(),
  duplicate: z.boolean(),
  rejected: z.prefault(z.array(z.object({ path: z.string(), reason: z.string() })), []),
  instructions: z.prefault(
    z.object({
      sampleSeconds: z.catch(z.optional(z.number()), undefined),
      reportSeconds: z.catch(z.optional(z.number()), undefined),
      resend: z.catch(z.optional(z.array(z.enum(["host", "listeners", "directory"]))), undefined),
      newEpoch: z.catch(z.optional(z.boolean()), undefined),
    }),
    {},
  ),
});

/** Sends one report and says what became of it. Network errors are an outcome, not an exception. */
export async function upload(
  connection: Connection,
  target: { url: URL; secret: string },
  report: Report,
  timeoutMs: number,
): Promise<Outcome> {
  try {
    const headers = {
      Authorization: `Bearer ${target.secret}`,
      "Content-Type": "application/json",
      "Content-Encoding": "gzip",
    };
    const body = gzipSync(JSON.stringify(report));
    const answer = await connection.post(apiUrl(target.url, "reports"), headers, body, timeoutMs);
    return interpret(answer.status, answer.body, answer.headers["retry-after"]);
  } catch (error) {
    return { kind: "failed", reason: messageOf(error) };
  }
}

function interpret(status: number, body: string, retryAfter: string | undefined): Outcome {
  if (status >= 200 && status < 300) return readAnswer(status, body);
  const reason = problemText(status, body);
  if (status === 400 || status === 422) return { kind: "refused", status, reason };
  if (status === 413) return { kind: "too-large", status };
  if (status === 401) return { kind: "unauthorised", status, reason };
  const wait = retryAfterMs(retryAfter, Date.now());
  return { kind: "failed", status, reason, ...(wait !== undefined && { retryAfterMs: wait }) };
}

function readAnswer(status: number, body: string): Outcome {
  const content = Answer.safeParse(parseJson(body));
  // Somebody else's page with status 200 (a proxy's, say) does not mean that the report is safe.
  if (!content.success) return { kind: "failed", status, reason: "the answer is not a collector's" };
  const { applied, duplicate, rejected, instructions } = content.data;
  return { kind: "answered", status, applied, duplicate, rejected, instructions: withoutUndefined(instructions) };
}

function withoutUndefined(instructions: z.infer<typeof Answer>["instructions"]): Instructions {
  const { sampleSeconds, reportSeconds, resend, newEpoch } = instructions;
  return {
    ...(sampleSeconds !== undefined && { sampleSeconds }),
    ...(reportSeconds !== undefined && { reportSeconds }),
    ...(resend !== undefined && { resend }),
    ...(newEpoch !== undefined && { newEpoch }),
  };
}

/** The sentence of an RFC 9457 problem, or the status alone. */
export function problemText(status: number, body: string): string {
  const content = parseJson(body);
  const text = (key: string): string | undefined => {
    if (typeof content !== "object" || content === null) return undefined;
    const value: unknown = Reflect.get(content, key);
    return typeof value === "string" ? value : undefined;
  };
  const sentence = text("detail") ?? text("title") ?? text("code");
  return sentence === undefined ? `HTTP ${status}` : `HTTP ${status}: ${sentence.slice(0, 500)}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
