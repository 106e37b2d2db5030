import type { EnrolmentRequest } from "@portolan/protocol";
import * as z from "zod/mini";
import { AgentError, messageOf } from "../errors.ts";
import type { Identity } from "../state/identity.ts";
import { apiUrl, collectorUrl } from "./collector-url.ts";
import { type HttpAnswer, type ProxySettings, openConnection } from "./connection.ts";
import type { TokenContent } from "./token.ts";
import { fetchPinnedCa } from "./trust.ts";
import { problemText } from "./upload.ts";

const text = z.string().check(z.minLength(1));
const EnrolmentAnswer = z.object({ agentId: text, secret: text, site: text });

/**
 * Introduces this host to its collector and returns the identity that it got.
 *
 * @throws AgentError when the collector cannot be reached or trusted, or refuses; UsageError for a url not to be used.
 */
export async function enrol(
  token: TokenContent,
  url: string,
  request: EnrolmentRequest,
  proxy: ProxySettings = {},
): Promise<Identity> {
  const base = collectorUrl(url);
  const secure = base.protocol === "https:";
  const caPem = secure && token.caSha256 !== undefined ? await fetchPinnedCa(base, token.caSha256, proxy) : undefined;
  const connection = openConnection(base, caPem, proxy);
  let answer: HttpAnswer;
  try {
    const headers = { Authorization: `Bearer ${token.secret}`, "Content-Type": "application/json" };
    answer = await connection.post(apiUrl(base, "enrolments"), headers, Buffer.from(JSON.stringify(request)), 30_000);
  } catch (error) {
    throw new AgentError(`the collector at ${base.origin} cannot be reached: ${messageOf(error)}`, { cause: error });
  } finally {
    connection.close();
  }
  if (answer.status === 401) {
    throw new AgentError("the collector refuses the token: it is unknown, used up, expired or revoked");
  }
  if (answer.status < 200 || answer.status > 299) {
    throw new AgentError(`the collector refuses to enrol this host: ${problemText(answer.status, answer.body)}`);
  }
  const { agentId, secret, site } = readAnswer(answer.body);
  return { agentId, secret, site, url: base.href.replace(/\/$/, ""), ...(caPem !== undefined && { caPem }) };
}

function readAnswer(body: string): z.infer<typeof EnrolmentAnswer> {
  try {
    return EnrolmentAnswer.parse(JSON.parse(body));
  } catch (error) {
    throw new AgentError("what answered the enrolment is not a collector", { cause: error });
  }
}
