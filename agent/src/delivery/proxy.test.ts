import { afterEach, beforeAll, expect, test } from "vitest";
import { type Authority, authority } from "./authority-double.ts";
import { type CollectorDouble, startCollectorDouble } from "./collector-double.ts";
import { openConnection } from "./connection.ts";
import { enrol } from "./enrolment.ts";
import { type ProxyDouble, startProxyDouble } from "./proxy-double.ts";

const request = { hostname: "h", platform: "linux", agentVersion: "0.1.0", timeZone: "UTC" } as const;
const welcome = () => ({ status: 201, body: { agentId: "a", secret: "s", site: "seoul" } });
// A name of RFC 2606 that resolves nowhere: only through the proxy is there a way.
const URL_BEHIND = "https://collector.test:7440";

let own: Authority;
let collector: CollectorDouble;
let proxy: ProxyDouble;

beforeAll(async () => {
  own = await authority("portolan test CA");
});
afterEach(async () => {
  await collector.close();
  await proxy.close();
});

async function start(host = "collector.test", proxyStatus = 200): Promise<void> {
  collector = await startCollectorDouble(welcome, await own.issue(host));
  proxy = await startProxyDouble(() => collector.port, proxyStatus);
}

const token = () => ({ url: URL_BEHIND, secret: "once", caSha256: own.fingerprint });

test("enrols and reports through the proxy by CONNECT, with its credentials and one kept tunnel", async () => {
  await start();
  const settings = { proxy: proxy.url.replace("://", "://robot:pa%40ss@") };
  const identity = await enrol(token(), URL_BEHIND, request, settings);
  const connection = openConnection(new URL(URL_BEHIND), identity.caPem, settings);
  for (let round = 0; round < 3; round++) {
    await connection.post(new URL(`${URL_BEHIND}/x`), {}, Buffer.from("{}"), 5000);
  }
  connection.close();
  const authorization = `Basic ${Buffer.from("robot:pa@ss").toString("base64")}`;
  expect(proxy.asked).toEqual(Array.from({ length: 3 }, () => ({ target: "collector.test:7440", authorization })));
  expect(collector.requests).toHaveLength(4);
  expect(JSON.stringify(collector.requests.map(({ headers }) => headers))).not.toContain(authorization);
});

test("still sends nothing to a collector whose certificate names another host", async () => {
  await start("elsewhere.example");
  await expect(enrol(token(), URL_BEHIND, request, { proxy: proxy.url })).rejects.toThrow(/altnames/);
  expect(collector.requests).toEqual([]);
});

test("says that the proxy refuses, without its password", async () => {
  await start("collector.test", 407);
  const settings = { proxy: proxy.url.replace("://", "://robot:topsecret@") };
  const connection = openConnection(new URL(URL_BEHIND), own.pem, settings);
  const failure = await connection.post(new URL(URL_BEHIND), {}, Buffer.from("{}"), 5000).catch((e: unknown) => e);
  connection.close();
  expect(failure).toBeInstanceOf(Error);
  expect(String(failure)).toMatch(/407/);
  expect(String(failure) + JSON.stringify(failure)).not.toMatch(/topsecret|robot/);
  await expect(enrol(token(), URL_BEHIND, request, settings)).rejects.toThrow(/407/);
  expect(proxy.asked).toHaveLength(2);
});

test("goes around the proxy where it is told to, and always to this machine itself", async () => {
  await start("127.0.0.1");
  const here = `https://127.0.0.1:${collector.port}`;
  await enrol({ ...token(), url: here }, here, request, { proxy: proxy.url });
  const settings = { proxy: proxy.url, noProxy: "other.example,.test" };
  const connection = openConnection(new URL(URL_BEHIND), own.pem, settings);
  await expect(connection.post(new URL(URL_BEHIND), {}, Buffer.from("{}"), 5000)).rejects.toThrow(/collector\.test/);
  connection.close();
  expect(proxy.asked).toEqual([]);
});
