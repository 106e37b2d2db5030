import { existsSync, readFileSync } from "node:fs";
import { Directory } from "@portolan/protocol";
import { beforeEach, expect, test } from "vitest";
import { probeMembership } from "./probe.ts";
import { OWN, syntheticHost } from "./synthetic-host.ts";
import { syntheticKeytab } from "./synthetic-keytab.ts";

const { at, put, tool, calls, toolPath, read, probed } = syntheticHost(Directory);
beforeEach(() => put("etc/krb5.keytab", syntheticKeytab([{ name: OWN }])));

test("confirms the account in a fixed language, by domain and keytab", async () => {
  tool("adcli", "echo ' * Received NetLogon info from: DC1.corp.example'; echo Sucessfully; exit 0");
  const directory = await probed();
  expect(directory.status).toBe("joined");
  expect(directory.reason).toBeUndefined();
  expect(directory.probeMs).toBeGreaterThan(0);
  expect(directory.domainControllers).toEqual([{ name: "dc1.corp.example", source: "adcli testjoin" }]);
  expect(directory.evidence.map(({ verifiedLive }) => verifiedLive)).toEqual([true, true]);
  expect(calls()).toEqual([
    `${at("bin/adcli")} testjoin -v --domain=corp.example --host-keytab=${at("etc/krb5.keytab")} LC_ALL=C`,
  ]);
});

test.each([
  [3, `Client '${OWN}@CORP.EXAMPLE' not found in Kerberos database`, "broken", "account-missing"],
  [3, "Client's credentials have been revoked", "broken", "disabled"],
  [3, "Preauthentication failed", "broken", "stale-secret"],
  [5, "adcli: couldn't connect to corp.example domain", "joined", "dc-unreachable"],
  [3, "Cannot contact any KDC for realm 'CORP.EXAMPLE'", "joined", "dc-unreachable"],
  [3, "Clock skew too great", "joined", "not-verified"],
  [3, "Client 'SOMEBODY$@CORP.EXAMPLE' not found in Kerberos database", "joined", "not-verified"],
])("exit %i with %s is %s, %s", async (code, text, status, reason) => {
  put("words", `${text}\n`);
  tool("adcli", `cat ${at("words")} >&2; exit ${code}`);
  tool("kinit", `cat ${at("words")} >&2; exit 1`);
  const directory = await probed();
  expect(directory).toMatchObject({ status, reason, detail: expect.stringContaining(text) });
});

test("where adcli can't say, kinit is asked for the keytab's own account", async () => {
  tool("adcli", "echo 'Couldn'\\''t determine the domain name' >&2; exit 3");
  tool("kinit", "exit 0");
  expect(await probed()).toMatchObject({ status: "joined", evidence: [{ source: "kinit", verifiedLive: true }, {}] });
  expect(calls().at(-1)).toContain(`kinit -k -t ${at("etc/krb5.keytab")} -c MEMORY: ${OWN}@CORP.EXAMPLE`);
});

test("what a tool writes for itself is removed with its folder", async () => {
  tool("adcli", `echo "$TMPDIR" >${at("folder")}; echo "x" >"$TMPDIR/krb5.conf"`);
  await probed();
  const folder = readFileSync(at("folder"), "utf8").trim();
  expect(folder).toContain("portolan-probe-");
  expect(existsSync(folder)).toBe(false);
});

test("without a tool it says so", async () => {
  const directory = await read({ probes: true, toolPath: at("nothing") });
  expect(directory).toMatchObject({ status: "joined", reason: "tool-missing" });
  expect(directory.probeMs).toBeUndefined();
});

test("one that hangs is killed with what it started, and that is said", async () => {
  tool("adcli", `sleep 987 & echo $! >${at("sleeper")}; wait`);
  const account = { name: OWN, realm: "CORP.EXAMPLE", keytab: at("etc/krb5.keytab") };
  const result = await probeMembership(account, { timeoutMs: 500, toolPath: toolPath() });
  expect(result).toMatchObject({ outcome: "unclear", detail: expect.stringMatching(/killed after/) });
  const sleeper = Number(readFileSync(at("sleeper"), "utf8"));
  await expect.poll(() => isRunning(sleeper)).toBe(false);
});

test("one that is over has spoken, whoever it left behind with its output; that one is killed", async () => {
  tool("adcli", `sleep 987 & echo $! >${at("sleeper")}; exit 0`);
  const account = { name: OWN, realm: "CORP.EXAMPLE", keytab: at("etc/krb5.keytab") };
  const result = await probeMembership(account, { timeoutMs: 10_000, toolPath: toolPath() });
  expect(result).toEqual({ tool: "adcli testjoin", outcome: "healthy" });
  const sleeper = Number(readFileSync(at("sleeper"), "utf8"));
  await expect.poll(() => isRunning(sleeper)).toBe(false);
});

test.each([
  ["kill -SEGV $$", "ended by SIGSEGV"],
  ["exit 7", "exit 7 without a word"],
])("one that ends without an answer says how: %s", async (script, detail) => {
  tool("adcli", script);
  tool("kinit", script);
  expect(await probed()).toMatchObject({ status: "joined", reason: "not-verified", detail: `kinit: ${detail}` });
});

function isRunning(pid: number): boolean {
  try {
    // A killed process that nobody waited for stays as a zombie.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
