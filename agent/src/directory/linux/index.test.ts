import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Directory } from "@portolan/protocol";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { DirectoryOptions, ProbeResult } from "../directory-reader.ts";
import { createDirectoryReader } from "./index.ts";
import { SYNTHETIC_KEY, syntheticKeytab } from "./synthetic-keytab.ts";
import { SYNTHETIC_PASSWORD, syntheticTdb } from "./synthetic-tdb.ts";

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), "portolan-directory-"))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

const OWN = `${(hostname().split(".")[0] ?? "").slice(0, 15).toUpperCase()}$`;
const SSSD = "[sssd]\ndomains = corp.example\n[domain/corp.example]\nid_provider = ad\n";
const MEMBER = "[global]\nworkgroup = CORP\nrealm = CORP.EXAMPLE\nsecurity = ads\n";

function put(path: string, content: string | Buffer, mode = 0o644): void {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  chmodSync(file, mode);
}

/** A tool double: a shell script that notes each call and does as told. */
function tool(name: "adcli" | "kinit", script: string): void {
  put(`bin/${name}`, `#!/bin/sh\necho "$0 $* LC_ALL=$LC_ALL" >>${root}/calls\n${script}\n`, 0o755);
}

function calls(): string[] {
  try {
    return readFileSync(join(root, "calls"), "utf8").trim().split("\n");
  } catch {
    return [];
  }
}

function reader(options: DirectoryOptions = {}) {
  const roots = { etcRoot: "etc", varRoot: "var", optRoot: "opt", usrRoot: "usr", runRoot: "run" };
  const own = Object.fromEntries(Object.entries(roots).map(([key, name]) => [key, join(root, name)]));
  return createDirectoryReader({ ...own, toolPath: `${root}/bin:/usr/bin:/bin`, ...options });
}

/** Reads once, as the protocol takes it. */
async function read(options: DirectoryOptions = {}): Promise<Directory> {
  const directory = Directory.parse(await reader({ probes: false, ...options }).read());
  expect(JSON.stringify(directory)).not.toContain(SYNTHETIC_KEY);
  return directory;
}

const probed = () => read({ probes: true });

describe("without a probe", () => {
  test("a host with nothing is not joined", async () => {
    expect(await read()).toMatchObject({ status: "not-joined", role: "standalone", evidence: [], spns: [] });
  });

  test("an account's key in the keytab is a join, and not verified", async () => {
    put("etc/krb5.keytab", syntheticKeytab([{ name: OWN }, { name: "host/m1.corp.example" }]));
    const directory = await read();
    expect(directory).toMatchObject({
      status: "joined",
      reason: "not-verified",
      method: "adcli-only",
      role: "member",
      realm: "CORP.EXAMPLE",
      dnsDomain: "corp.example",
      computerAccount: OWN,
      secretChangedAt: "2026-11-21T11:32:44.000Z",
      spns: ["host/m1.corp.example"],
    });
    expect(directory.detail).toBeUndefined();
    expect(directory.evidence).toEqual([
      {
        source: `${root}/etc/krb5.keytab`,
        value: `${OWN}@CORP.EXAMPLE, key version 2`,
        privileged: true,
        verifiedLive: false,
      },
    ]);
  });

  test("sssd's configuration, kdcinfo and sockets tell method, site and controllers", async () => {
    put("etc/krb5.keytab", syntheticKeytab([{ name: OWN }]));
    put("etc/sssd/sssd.conf", `${SSSD}ad_site = Hamburg\nad_server = DC2.corp.example\n`);
    put("var/lib/sss/pubconf/kdcinfo.CORP.EXAMPLE", "10.66.0.10\n");
    expect(await read({ controllerSockets: socketsOf("sssd_be") })).toMatchObject({
      method: "sssd",
      site: "Hamburg",
      domainControllers: [
        { address: "10.66.0.10", source: `${root}/var/lib/sss/pubconf/kdcinfo.CORP.EXAMPLE` },
        { address: "10.66.0.10", source: "sockets of sssd_be" },
        { name: "dc2.corp.example", source: `${root}/etc/sssd/sssd.conf` },
      ],
    });
  });

  test("a workgroup is no membership, even one that is named like a domain", async () => {
    put("etc/samba/smb.conf", "[global]\nworkgroup = CORP\nrealm = CORP.EXAMPLE\n");
    expect(await read()).toMatchObject({
      status: "not-joined",
      detail: expect.stringContaining("names the workgroup CORP, which is no membership"),
    });
  });

  test("settings without a secret are no membership", async () => {
    put("etc/samba/smb.conf", MEMBER);
    put("etc/sssd/sssd.conf", SSSD);
    const { status, detail } = await read();
    expect(status).toBe("not-joined");
    expect(detail).toMatch(/names the domain corp\.example.*says that the host is a member.*no secret/);
  });

  test("two joins at once are said", async () => {
    put("etc/krb5.keytab", syntheticKeytab([{ name: OWN }]));
    put("etc/sssd/sssd.conf", SSSD);
    expect(await read({ controllerSockets: socketsOf("winbindd") })).toMatchObject({
      method: "samba-winbind",
      detail: "two joins at once: sssd and samba-winbind",
    });
  });

  test("Samba's own secret is a join, of which nothing can be verified without a keytab", async () => {
    put("etc/samba/smb.conf", MEMBER);
    put("var/lib/samba/private/secrets.tdb", syntheticTdb(["SECRETS/SID/CORP", "SECRETS/MACHINE_PASSWORD/CORP"]));
    const directory = await probed();
    expect(directory).toMatchObject({
      status: "joined",
      reason: "not-verified",
      method: "samba-winbind",
      realm: "CORP.EXAMPLE",
      netbios: "CORP",
      detail: expect.stringContaining("nothing to verify the membership with"),
    });
    expect(JSON.stringify(directory)).not.toContain(SYNTHETIC_PASSWORD);
    put("etc/samba/smb.conf", "[global]\nworkgroup = WORKGROUP\n");
    expect(await read()).toMatchObject({ status: "joined", detail: expect.stringContaining("no longer says") });
    put("var/lib/samba/private/secrets.tdb", syntheticTdb(["SECRETS/SID/CORP"]));
    expect(await read()).toMatchObject({ status: "not-joined" });
  });

  test("sssd that was joined with Samba's help is one join, and two of their own are two", async () => {
    put("etc/krb5.keytab", syntheticKeytab([{ name: OWN }]));
    put("etc/samba/smb.conf", MEMBER);
    put("var/lib/samba/private/secrets.tdb", syntheticTdb(["SECRETS/MACHINE_PASSWORD/CORP"]));
    put("etc/sssd/sssd.conf", `${SSSD}realmd_tags = manages-system joined-with-samba\n`);
    const one = await read();
    expect(one.method).toBe("sssd");
    expect(one.detail).toBeUndefined();
    put("etc/sssd/sssd.conf", `${SSSD}krb5_realm = OTHER.EXAMPLE\n`);
    expect(await read()).toMatchObject({
      method: "sssd",
      detail: "several realms: CORP.EXAMPLE, OTHER.EXAMPLE; two joins at once: sssd and samba-winbind",
    });
  });

  test("a renamed host whose account kept the old name is said, and the newest key counts", async () => {
    const old = { name: "OLDER$", timestamp: 1_000_000_000 };
    put("etc/krb5.keytab", syntheticKeytab([old, { name: "FORMER$", timestamp: 1_100_000_000 }]));
    const directory = await read();
    expect(directory).toMatchObject({ status: "joined", computerAccount: "FORMER$" });
    expect(directory.detail).toBe(`the computer account is FORMER$, the host's name ${hostname()}`);
  });

  test("a truncated keytab gives the account that it still holds, and a reason", async () => {
    const whole = syntheticKeytab([{ name: OWN }, { name: "host/m1" }]);
    put("etc/krb5.keytab", whole.subarray(0, whole.length - 3));
    expect(await read()).toMatchObject({ status: "joined", detail: expect.stringMatching(/cut off in entry 2/) });
  });

  test.each([
    ["a foreign keytab", "etc/krb5.keytab", "SQLite format 3", /not a keytab/],
    ["a folder in the place of sssd.conf", "etc/sssd/sssd.conf/x", "", /no regular file/],
  ])("%s makes nobody broken: it is unknown", async (_what, path, content, detail) => {
    put(path, content);
    expect(await read()).toMatchObject({
      status: "unknown",
      reason: "not-verified",
      detail: expect.stringMatching(detail),
    });
  });

  test("an sssd.conf that can't be read takes nothing from a join, and no method is made up", async () => {
    put("etc/krb5.keytab", syntheticKeytab([{ name: OWN }]));
    put("etc/sssd/sssd.conf/x", "");
    const directory = await read();
    expect(directory).toMatchObject({ status: "joined", detail: expect.stringMatching(/sssd\.conf: no regular file/) });
    expect(directory.method).toBeUndefined();
  });

  test("of a damaged sssd.conf a word is said, and no method made up; without a key nobody knows", async () => {
    put("etc/sssd/sssd.conf", "[sssd]\ndomains = corp.example\n[doma");
    const detail = expect.stringMatching(/sssd\.conf: line 3 is neither.*says of none what it is/);
    expect(await read()).toMatchObject({ status: "unknown", reason: "not-verified", detail });
    put("etc/krb5.keytab", syntheticKeytab([{ name: OWN }]));
    const directory = await read();
    expect(directory).toMatchObject({ status: "joined", detail });
    expect(directory.method).toBeUndefined();
  });

  test("keys of another kind of realm are no membership", async () => {
    put("etc/krb5.keytab", syntheticKeytab([{ name: "host/m1.ipa.example", realm: "IPA.EXAMPLE" }]));
    expect(await read()).toMatchObject({
      status: "not-joined",
      detail: "a keytab holds keys of IPA.EXAMPLE, but of no computer account",
    });
  });

  test("a controller says that it is one", async () => {
    put(
      "etc/samba/smb.conf",
      "[global]\nserver role = active directory domain controller\nrealm = CORP.EXAMPLE\nworkgroup = CORP\n",
    );
    put("var/lib/samba/private/sam.ldb", "");
    expect(await read()).toMatchObject({ status: "joined", role: "dc", realm: "CORP.EXAMPLE", netbios: "CORP" });
  });

  test("third-party joiners are known by their files", async () => {
    put("opt/pbis/bin/domainjoin-cli", "");
    put("var/lib/pbis/db/lsass-adcache.filedb.CORP.EXAMPLE", "");
    expect(await read()).toMatchObject({ status: "not-joined", realm: "CORP.EXAMPLE" });
    put("etc/krb5.keytab", syntheticKeytab([{ name: OWN }]));
    expect(await read()).toMatchObject({ status: "joined", method: "pbis" });
  });
});

describe("service accounts", () => {
  test("units of domain users and keytabs of services, by name", async () => {
    put("etc/krb5.keytab", syntheticKeytab([{ name: OWN }]));
    put("etc/http.keytab", syntheticKeytab([{ name: "HTTP/www.corp.example" }, { name: OWN }]));
    put("etc/passwd", "root:x:0:0::/:/bin/sh\nlocal:x:9:9::/:/bin/sh\n");
    put("etc/systemd/system/shop.service", "[Service]\nUser=CORP\\\\svc_shop\nExecStart=/x --password=hush\n");
    put("usr/lib/systemd/system/shop.service", "[Service]\nUser=other@corp.example\n");
    put("usr/lib/systemd/system/web.service", "[Service]\nUser=local\n");
    put("usr/lib/systemd/system/web.service.d/10.conf", "[Service]\nUser=svc_web\n");
    // An administrator's drop-in lies in a folder that comes before the unit's own.
    put("usr/lib/systemd/system/mail.service", "[Service]\nUser=svc_mail@corp.example\n");
    put("etc/systemd/system/mail.service.d/10.conf", "[Service]\nNice=5\n");
    // Wherever a unit's keytab lies; its variables are read for that alone.
    put("opt/pay/pay.keytab", syntheticKeytab([{ name: "svc_pay" }]));
    put(
      "etc/systemd/system/pay.service",
      `[Service]\nEnvironment=A=hush "KRB5_CLIENT_KTNAME=FILE:${root}/opt/pay/pay.keytab"\n`,
    );
    put("usr/lib/systemd/system/at@.service", "[Service]\nUser=%i@x\n");
    const { serviceAccounts } = await read();
    expect(serviceAccounts).toEqual([
      { consumer: `${root}/etc/http.keytab`, account: "HTTP/www.corp.example@CORP.EXAMPLE", kind: "domain" },
      { consumer: `${root}/etc/http.keytab`, account: `${OWN}@CORP.EXAMPLE`, kind: "machine" },
      { consumer: "mail.service", account: "svc_mail@corp.example", kind: "domain" },
      { consumer: "pay.service", account: "svc_pay@CORP.EXAMPLE", kind: "domain" },
      { consumer: "shop.service", account: "CORP\\svc_shop", kind: "domain" },
      { consumer: "web.service", account: "svc_web", kind: "domain" },
    ]);
  });

  test("a plain name that nobody knows is no domain's where the host is not joined", async () => {
    put("etc/passwd", "root:x:0:0::/:/bin/sh\n");
    put("etc/systemd/system/web.service", "[Service]\nUser=svc_web\n");
    put("etc/web.keytab", "no keytab");
    const { serviceAccounts, evidence } = await read();
    expect(serviceAccounts).toEqual([]);
    expect(evidence).toMatchObject([
      { source: `${root}/etc/web.keytab`, value: expect.stringMatching(/not a keytab/) },
    ]);
  });
});

describe("the live probe", () => {
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
      `${root}/bin/adcli testjoin -v --domain=corp.example --host-keytab=${root}/etc/krb5.keytab LC_ALL=C`,
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
    tool("adcli", `cat ${root}/words >&2; exit ${code}`);
    tool("kinit", `cat ${root}/words >&2; exit 1`);
    const directory = await probed();
    expect(directory).toMatchObject({ status, reason, detail: expect.stringContaining(text) });
  });

  test("where adcli can't say, kinit is asked for the keytab's own account", async () => {
    tool("adcli", "echo 'Couldn'\\''t determine the domain name' >&2; exit 3");
    tool("kinit", "exit 0");
    expect(await probed()).toMatchObject({ status: "joined", evidence: [{ source: "kinit", verifiedLive: true }, {}] });
    expect(calls().at(-1)).toContain(`kinit -k -t ${root}/etc/krb5.keytab -c MEMORY: ${OWN}@CORP.EXAMPLE`);
  });

  test("without a tool it says so", async () => {
    const directory = await read({ probes: true, toolPath: join(root, "nothing") });
    expect(directory).toMatchObject({ status: "joined", reason: "tool-missing" });
    expect(directory.probeMs).toBeUndefined();
  });

  test("one that hangs is killed with what it started, and that is said", async () => {
    tool("adcli", `sleep 987 & echo $! >${root}/sleeper; wait`);
    const { probeMembership } = await import("./probe.ts");
    const account = { name: OWN, realm: "CORP.EXAMPLE", keytab: join(root, "etc/krb5.keytab") };
    const result = await probeMembership(account, { timeoutMs: 500, toolPath: `${root}/bin:/usr/bin:/bin` });
    expect(result).toMatchObject({ outcome: "unclear", detail: expect.stringMatching(/killed after/) });
    const sleeper = Number(readFileSync(join(root, "sleeper"), "utf8"));
    await expect.poll(() => isRunning(sleeper)).toBe(false);
  });

  test("is never under way twice, nor asked again within the hour, even by the next start", async () => {
    tool("adcli", "sleep 0.2; exit 0");
    let kept: ProbeResult | undefined;
    let now = Date.parse("2026-11-21T12:00:00Z");
    const probeMemory = { recall: () => kept, keep: async (result: ProbeResult) => void (kept = result) };
    const options = { probeMemory, now: () => now };
    const first = reader(options);
    await Promise.all([first.read(), first.read()]);
    now += 3_599_000;
    expect(await reader(options).read()).toMatchObject({ status: "joined", checkedAt: "2026-11-21T12:00:00.000Z" });
    expect(calls()).toHaveLength(1);
    now += 1000;
    await first.read();
    expect(calls()).toHaveLength(2);
  });

  test("ended with the agent, it is killed and nothing is made of it, and the next start keeps to the hour", async () => {
    tool("adcli", "sleep 987");
    let kept: ProbeResult | undefined;
    const probeMemory = { recall: () => kept, keep: async (result: ProbeResult) => void (kept = result) };
    const stop = new AbortController();
    const reading = reader({ probeMemory, signal: stop.signal }).read();
    await expect.poll(calls).toHaveLength(1);
    stop.abort();
    const said = { status: "joined", reason: "not-verified", detail: "adcli testjoin: the agent ended meanwhile" };
    expect(await reading).toMatchObject(said);
    expect(await reader({ probeMemory }).read()).toMatchObject(said);
    expect(calls()).toHaveLength(1);
  });

  test("what was said of another secret is not said of this one", async () => {
    tool("adcli", "echo 'Preauthentication failed' >&2; exit 3");
    const again = reader();
    expect(await again.read()).toMatchObject({ status: "broken" });
    put("etc/krb5.keytab", syntheticKeytab([{ name: OWN, keyVersion: 3 }]));
    expect(await again.read()).toMatchObject({ status: "joined", reason: "not-verified" });
    expect(calls()).toHaveLength(1);
  });

  test("where it is off, or there is no account, nothing is asked", async () => {
    tool("adcli", "exit 0");
    expect(await read()).toMatchObject({ status: "joined", reason: "not-verified" });
    rmSync(join(root, "etc/krb5.keytab"));
    expect(await probed()).toMatchObject({ status: "not-joined" });
    expect(calls()).toEqual([]);
  });
});

const socketsOf = (process: string) => () => [{ process, address: "10.66.0.10", port: 389 }];

function isRunning(pid: number): boolean {
  try {
    // A killed process that nobody waited for stays as a zombie.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
