import { X509Certificate } from "node:crypto";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { AgentError, UsageError } from "../errors.ts";
import { type Authority, authority } from "./authority-double.ts";
import { type CollectorDouble, startCollectorDouble } from "./collector-double.ts";
import { apiUrl } from "./collector-url.ts";
import { openConnection } from "./connection.ts";
import { enrol } from "./enrolment.ts";

const request = { hostname: "h", platform: "linux", agentVersion: "0.1.0", timeZone: "UTC" } as const;
const welcome = () => ({ status: 201, body: { agentId: "a", secret: "s", site: "seoul" } });

let own: Authority;
let other: Authority;
let double: CollectorDouble | undefined;

beforeAll(async () => {
  own = await authority("portolan test CA");
  other = await authority("somebody else's CA");
});
afterEach(async () => {
  await double?.close();
  double = undefined;
});

async function collectorWith(tls?: { key: string; cert: string }, answer: typeof welcome = welcome): Promise<string> {
  double = await startCollectorDouble(answer, tls);
  return `${tls ? "https" : "http"}://127.0.0.1:${double.port}`;
}

describe("enrol", () => {
  test("over loopback", async () => {
    const url = await collectorWith();
    expect(await enrol({ url, secret: "once" }, url, request)).toEqual({
      agentId: "a",
      secret: "s",
      site: "seoul",
      url,
    });
    expect(double?.requests[0]).toMatchObject({
      path: "/api/v1/enrolments",
      headers: { authorization: "Bearer once" },
    });
    expect(JSON.parse(double?.requests[0]?.body.toString() ?? "")).toEqual(request);
  });

  test("keeps the authority whose fingerprint the token carries, and later connections verify against it", async () => {
    const url = await collectorWith(await own.issue("127.0.0.1"));
    const identity = await enrol({ url, secret: "once", caSha256: own.fingerprint }, url, request);
    expect(identity.caPem?.trim()).toBe(new X509Certificate(own.pem).toString().trim());
    const connection = openConnection(new URL(url), identity.caPem);
    await expect(connection.post(apiUrl(new URL(url), "reports"), {}, Buffer.from("{}"), 2000)).resolves.toMatchObject({
      status: 201,
    });
    connection.close();
  });

  test("sends nothing to a collector with another authority", async () => {
    const url = await collectorWith(await other.issue("127.0.0.1"));
    await expect(enrol({ url, secret: "once", caSha256: own.fingerprint }, url, request)).rejects.toThrow(
      /does not present the certificate authority/,
    );
    expect(double?.requests).toEqual([]);
  });

  test("sends nothing to one that shows the right authority beside a certificate it did not sign", async () => {
    const impostor = await other.issue("127.0.0.1");
    const [leaf] = impostor.cert.split(/(?<=-----END CERTIFICATE-----)\s+/);
    const url = await collectorWith({ key: impostor.key, cert: `${leaf}\n${own.pem}` });
    await expect(enrol({ url, secret: "once", caSha256: own.fingerprint }, url, request)).rejects.toThrow(AgentError);
    expect(double?.requests).toEqual([]);
  });

  test("sends nothing to one whose certificate names another host", async () => {
    const url = await collectorWith(await own.issue("elsewhere.example"));
    await expect(enrol({ url, secret: "once", caSha256: own.fingerprint }, url, request)).rejects.toThrow(/altnames/);
    expect(double?.requests).toEqual([]);
  });

  test("sends nothing over https to an unknown authority when the token carries none", async () => {
    const url = await collectorWith(await own.issue("127.0.0.1"));
    await expect(enrol({ url, secret: "once" }, url, request)).rejects.toThrow(AgentError);
    expect(double?.requests).toEqual([]);
  });

  test("refuses plain http to another machine before it connects", async () => {
    await expect(enrol({ url: "x", secret: "once" }, "http://192.0.2.1:7440", request)).rejects.toThrow(UsageError);
  });

  test.each([
    [401, {}, /unknown, used up, expired or revoked/],
    [409, { detail: "an agent of this host is alive" }, /HTTP 409: an agent of this host is alive/],
    [200, { hello: 1 }, /is not a collector/],
  ])("says why when the answer is %i", async (status, body, message) => {
    const answer = () => ({ status, body });
    double = await startCollectorDouble(answer);
    const url = `http://127.0.0.1:${double.port}`;
    await expect(enrol({ url, secret: "once" }, url, request)).rejects.toThrow(message);
  });

  test("says when nobody answers", async () => {
    const url = await collectorWith();
    await double?.close();
    await expect(enrol({ url, secret: "once" }, url, request)).rejects.toThrow(/cannot be reached/);
  });
});
