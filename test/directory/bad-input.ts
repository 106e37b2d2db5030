import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Report } from "@portolan/protocol";
import { expect, test, vi } from "vitest";
import type { Host } from "../estate/host.ts";
import { type Join, REALM, captureOn, must, onceOn } from "./domain.ts";

/** A joined host whose adcli hangs for an agent of its own, beside the others' looks. */
export const HUNG_HOST = "disabled1";
/** The hosts that {@link testBadInput} needs besides the usual ones, and how they are joined. */
export const BAD_INPUT_HOSTS: Record<string, Join> = { twice1: "sssd-then-net" };

const KEYTAB = "/etc/krb5.keytab";
const SSSD_CONF = "/etc/sssd/sssd.conf";
const SMB_CONF = "/etc/samba/smb.conf";
const NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
/** The probe's own bound, some samples, and this machine's other work. */
const CAPTURE_SECONDS = 19;
/** In nobody else's arguments. */
const HANGING = "sleep 4711";

/** What an agent reports whose adcli is a double that hangs. */
export interface HungProbe {
  /** Of the first start, which is under way. */
  reports: Promise<Report[]>;
  /** Starts the agent once more, with the same state. */
  startAgain(): Promise<Report[]>;
  /** How often the double was called. */
  calls(): number;
}

/**
 * Starts an agent whose adcli is a double: it notes its call, takes no notice of a request to end, and has a child that
 * doesn't either. Resolves when both run; the probe's bound passes meanwhile.
 */
export async function startHungProbe(host: Host): Promise<HungProbe> {
  const folder = join(host.stateDir, "double");
  const double = `#!/bin/sh\necho "$*" >>${folder}/calls\ntrap '' TERM INT HUP\n${HANGING} &\nwhile :; do ${HANGING}; done\n`;
  await must(host, ["sh", "-ec", `mkdir ${folder}; cat >${folder}/adcli; chmod 755 ${folder}/adcli`], double);
  const script = `mount --bind ${folder}/adcli "$(command -v adcli)"; exec "$@"`;
  const asDouble = ["unshare", "--mount", "sh", "-ec", script, "sh"];
  const reports = captureOn(host, "first", CAPTURE_SECONDS, asDouble);
  // Whoever awaits them sees a failure.
  reports.catch(() => {});
  await vi.waitFor(async () => expect(await running(host)).toBeGreaterThanOrEqual(2), { timeout: 10_000 });
  return {
    reports,
    startAgain: () => captureOn(host, "second", 2, asDouble),
    calls: () => readFileSync(join(folder, "calls"), "utf8").trim().split("\n").length,
  };
}

/** What is damaged, missing, foreign, twice there or late: each a status with its reason, nobody broken without proof. */
export function testBadInput(host: (name: string) => Host, hung: () => HungProbe): void {
  test.each([
    ["in a later entry", (size: number) => Math.floor(size * 0.4), "joined", "cut off in entry"],
    ["in its first entry", () => 20, "unknown", "cut off in entry 1"],
  ])("a keytab that is cut off %s", async (_where, length, status, detail) => {
    const adcli = host("adcli1");
    const whole = await contentOf(adcli, KEYTAB);
    await seeing(adcli, { [KEYTAB]: whole.subarray(0, length(whole.length)) }, async () => {
      const { directory } = await onceOn(adcli);
      expect(directory).toMatchObject({ status, detail: expect.stringContaining(`${KEYTAB}: ${detail}`) });
    });
  });

  test("a file of another kind in the keytab's place", async () => {
    const foreign = await contentOf(host("net1"), "/var/lib/samba/private/secrets.tdb");
    const said = { reason: "not-verified", detail: expect.stringContaining(`${KEYTAB}: not a keytab`) };
    await seeing(host("adcli1"), { [KEYTAB]: foreign }, async () => {
      const { directory } = await onceOn(host("adcli1"));
      expect(directory).toMatchObject({ ...said, status: "unknown" });
      expect(directory).not.toHaveProperty("probeMs");
    });
    // Samba's own secret still shows the join; the probe has nothing to ask with.
    await seeing(host("net1"), { [KEYTAB]: foreign }, async () => {
      const { directory } = await onceOn(host("net1"));
      expect(directory).toMatchObject({ ...said, status: "joined", method: "samba-winbind" });
    });
  });

  test("an sssd.conf that may not be read takes nothing from a join, and alone leaves it open", async () => {
    const [sssd, never] = [host("sssd1"), host("never1")];
    await seeing(sssd, { [KEYTAB]: await contentOf(sssd, KEYTAB) }, async () => {
      expect((await onceOn(sssd, { as: NOBODY })).directory).toMatchObject({
        status: "joined",
        computerAccount: "SSSD1$",
        detail: expect.stringContaining(`${SSSD_CONF}: EACCES`),
      });
    });
    await seeing(never, { [SSSD_CONF]: await contentOf(sssd, SSSD_CONF) }, async () => {
      await must(never, ["chmod", "600", SSSD_CONF]);
      const { directory } = await onceOn(never, { as: NOBODY });
      expect(directory).toMatchObject({
        status: "unknown",
        reason: "no-privilege",
        detail: `${SSSD_CONF}: EACCES`,
      });
    });
  });

  test("a damaged sssd.conf is said: no method is made up, and without a key nobody knows", async () => {
    const whole = await contentOf(host("sssd1"), SSSD_CONF);
    const half = whole.subarray(0, whole.indexOf("[domain") + 4);
    const detail = expect.stringContaining(`${SSSD_CONF}: line`);
    await seeing(host("adcli1"), { [SSSD_CONF]: half }, async () => {
      const { directory } = await onceOn(host("adcli1"));
      expect(directory).toMatchObject({ status: "joined", detail });
      expect(directory).not.toHaveProperty("method");
    });
    await seeing(host("never1"), { [SSSD_CONF]: half }, async () => {
      const { directory } = await onceOn(host("never1"));
      expect(directory).toMatchObject({ status: "unknown", reason: "not-verified", detail });
    });
  });

  test("two joins on one host are said, and the account works", async () => {
    const { directory } = await onceOn(host("twice1"));
    expect(directory).toMatchObject({ status: "joined", realm: REALM, computerAccount: "TWICE1$" });
    expect(directory.detail).toContain("two joins at once: sssd and samba-winbind");
  });

  test("a workgroup with the domain's short name is no membership, nor is a realm beside it", async () => {
    const never = host("never1");
    for (const realm of [REALM, "CORP"]) {
      await seeing(never, { [SMB_CONF]: `[global]\nworkgroup = CORP\nrealm = ${realm}\n` }, async () => {
        const { directory } = await onceOn(never);
        expect(directory).toMatchObject({
          status: "not-joined",
          role: "standalone",
          detail: `${SMB_CONF} names the workgroup CORP, which is no membership`,
        });
        expect(directory).not.toHaveProperty("realm");
        expect(directory).not.toHaveProperty("netbios");
      });
    }
  });

  test("a probe that hangs is killed with all it started, and said; sampling goes on; the next start keeps to the hour", async () => {
    const { reports, startAgain, calls } = hung();
    const all = await reports;
    const told = all.findIndex((report) => report.directory !== undefined);
    const directory = all[told]?.directory;
    // Its account is disabled, but nobody could say so.
    expect(directory).toMatchObject({
      status: "joined",
      reason: "not-verified",
      computerAccount: `${HUNG_HOST.toUpperCase()}$`,
      detail: "adcli testjoin: killed after 15 s without an answer",
    });
    expect(directory?.probeMs).toBeGreaterThanOrEqual(15_000);
    // Meanwhile it looked each second and reported every five.
    expect(told).toBeGreaterThanOrEqual(2);
    for (const { sources } of all) {
      expect(sources.find(({ name }) => name === "proc-net")).toMatchObject({ ok: true, lost: 0 });
    }
    expect(await running(host(HUNG_HOST))).toBe(0);

    const next = (await startAgain()).find((report) => report.directory !== undefined)?.directory;
    expect(next?.detail).toBe(directory?.detail);
    expect(next?.checkedAt).toBe(directory?.checkedAt);
    expect(calls()).toBe(1);
  });
}

/** How many programs of the host are the double of adcli, or were started by it. */
async function running(host: Host): Promise<number> {
  // A zombie's is empty.
  const script = `for file in /proc/[0-9]*/cmdline; do tr '\\0' ' ' <"$file"; echo; done 2>/dev/null; :`;
  const { stdout } = await must(host, ["sh", "-c", script]);
  return stdout.split("\n").filter((line) => line.includes(HANGING) || line.includes("adcli testjoin")).length;
}

async function contentOf(host: Host, path: string): Promise<Buffer> {
  return Buffer.from((await must(host, ["base64", path])).stdout, "base64");
}

/** Puts other files, for all to read, in the places of the host's own while `look` runs; its own come back. */
async function seeing(host: Host, files: Record<string, string | Buffer>, look: () => Promise<void>): Promise<void> {
  const replaced: string[] = [];
  try {
    for (const [path, content] of Object.entries(files)) {
      replaced.push(path);
      const put = `mkdir -p "$(dirname ${path})"; [ ! -e ${path} ] || mv ${path} ${path}.own; base64 -d >${path}; chmod 644 ${path}`;
      await must(host, ["sh", "-ec", put], Buffer.from(content).toString("base64"));
    }
    await look();
  } finally {
    for (const path of replaced) {
      await must(host, ["sh", "-ec", `rm -f ${path}; [ ! -e ${path}.own ] || mv ${path}.own ${path}`]);
    }
  }
}
