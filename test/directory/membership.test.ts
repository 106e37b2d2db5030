import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Host } from "../estate/host.ts";
import { describeInLab } from "../estate/requirements.ts";
import { BAD_INPUT_HOSTS, HUNG_HOST, type HungProbe, startHungProbe, testBadInput } from "./bad-input.ts";
import { CONTROLLER, DOMAIN_PROGRAMS, type Domain, REALM, buildDomain, must, onceOn } from "./domain.ts";

/** What adcli may take where nobody answers, and the agent's own start. */
const SLOW_MS = 40_000;
const NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
/** The agent's user in its unit: the capability to read all files, and no way to more. */
const UNIT_USER = [
  ...NOBODY,
  "--inh-caps=-all,+dac_read_search",
  "--ambient-caps=-all,+dac_read_search",
  "--no-new-privs",
];

describeInLab(
  "a Samba domain and its members",
  () => {
    let domain: Domain;
    let unanswered: ReturnType<typeof onceOn>;
    let hung: HungProbe;
    const host = (name: string): Host => domain.estate.host(name);
    beforeAll(async () => {
      domain = await buildDomain({
        net1: "net",
        adcli1: "adcli",
        sssd1: "realm-sssd",
        winbind1: "realm-winbind",
        deleted1: "adcli",
        disabled1: "adcli",
        stale1: "net",
        dropped1: "adcli",
        never1: "none",
        ...BAD_INPUT_HOSTS,
      });
      host("sssd1").spawn(["sssd", "-i", "--logger=stderr"], { log: "sssd.log" });
      host("winbind1").spawn(["winbindd", "-F", "--no-process-group"], { log: "winbindd.log" });
      await domain.administer("computer", "delete", "DELETED1");
      await domain.administer("user", "disable", "DISABLED1$");
      await domain.administer("user", "setpassword", "STALE1$", "--newpassword=Another-Passw0rd");
      await drop(host("dropped1"));
      // Nobody answers it for 10 s, in which the others are looked at.
      unanswered = onceOn(host("dropped1"));
      unanswered.catch(() => {});
      hung = await startHungProbe(host(HUNG_HOST));
    }, 180_000);
    afterAll(() => domain?.close());

    test.each([
      ["net1", "samba-winbind", "NET1$"],
      ["adcli1", "adcli-only", "ADCLI1$"],
      ["sssd1", "sssd", "SSSD1$"],
      ["winbind1", "samba-winbind", "WINBIND1$"],
    ])("%s is joined by %s, and the controller confirms it", async (name, method, computerAccount) => {
      const { directory } = await onceOn(host(name));
      expect(directory).toMatchObject({
        status: "joined",
        method,
        role: "member",
        realm: REALM,
        dnsDomain: "corp.example",
        computerAccount,
        secretChangedAt: expect.stringMatching(/^20/),
        domainControllers: expect.arrayContaining([{ name: "dc1.corp.example", source: "adcli testjoin" }]),
      });
      expect(directory).not.toHaveProperty("reason");
      expect(directory).not.toHaveProperty("detail");
      expect(directory.probeMs).toBeGreaterThan(0);
      expect(directory.spns).toContain(`host/${name}.corp.example`);
      const confirmed = directory.evidence.filter(({ verifiedLive }) => verifiedLive).map(({ source }) => source);
      expect(confirmed).toEqual(["adcli testjoin", "/etc/krb5.keytab"]);
    });

    test(
      "resident sockets and kdcinfo name the controller in use, without a question",
      async () => {
        const { address } = CONTROLLER;
        await expect
          .poll(async () => (await onceOn(host("sssd1"), UNASKED)).directory.domainControllers, { timeout: SLOW_MS })
          .toEqual([
            { address, source: "/var/lib/sss/pubconf/kdcinfo.CORP.EXAMPLE" },
            { address, source: "sockets of sssd_be" },
          ]);
        await expect
          .poll(async () => (await onceOn(host("winbind1"), UNASKED)).directory.domainControllers, { timeout: SLOW_MS })
          .toEqual([{ address, source: "sockets of winbindd" }]);
        expect((await onceOn(host("sssd1"), UNASKED)).directory.evidence).toContainEqual({
          source: "/etc/sssd/sssd.conf",
          value: "domain corp.example, realmd: manages-system joined-with-adcli",
          privileged: true,
          verifiedLive: false,
        });
      },
      SLOW_MS,
    );

    test.each([
      ["deleted1", "broken", "account-missing", /not found in Kerberos database/],
      ["disabled1", "broken", "disabled", /credentials have been revoked/],
      ["stale1", "broken", "stale-secret", /Preauthentication failed.*Samba's own secret may be another/],
      ["dropped1", "joined", "dc-unreachable", /./],
    ])(
      "%s is %s: %s",
      async (name, status, reason, detail) => {
        const { directory } = await (name === "dropped1" ? unanswered : onceOn(host(name)));
        expect(directory).toMatchObject({ status, reason, detail: expect.stringMatching(detail), role: "member" });
        process.stdout.write(`${name}: ${directory.probeMs} ms, ${directory.detail}\n`);
      },
      SLOW_MS,
    );

    test("one that never joined has no account that could be missing", async () => {
      const { directory } = await onceOn(host("never1"));
      expect(directory).toMatchObject({ status: "not-joined", role: "standalone", domainControllers: [] });
      expect(directory).not.toHaveProperty("probeMs");
    });

    test("the controller says that it is one", async () => {
      expect((await onceOn(host(CONTROLLER.name))).directory).toMatchObject({
        status: "joined",
        reason: "not-verified",
        role: "dc",
        realm: REALM,
        netbios: "CORP",
      });
    });

    test.each(["adcli1", "net1", "sssd1", "deleted1"])("without root %s is unknown, never broken", async (name) => {
      const { directory } = await onceOn(host(name), { as: NOBODY });
      expect(directory).toMatchObject({
        status: "unknown",
        reason: "no-privilege",
        detail: expect.stringContaining("/etc/krb5.keytab: EACCES"),
      });
      expect(directory).not.toHaveProperty("probeMs");
    });

    test("without root, one that never joined is not joined", async () => {
      expect((await onceOn(host("never1"), { as: NOBODY })).directory.status).toBe("not-joined");
    });

    test.each([
      ["adcli1", "joined", undefined],
      ["deleted1", "broken", "account-missing"],
    ])("with the one capability of the agent's unit %s is %s, as for root", async (name, status, reason) => {
      const { directory } = await onceOn(host(name), { as: UNIT_USER });
      expect([directory.status, directory.reason]).toEqual([status, reason]);
    });

    test("a renamed host keeps its account, and is not taken for a deleted one", async () => {
      const as = ["unshare", "--uts", "sh", "-c", 'echo renamed1 >/proc/sys/kernel/hostname; exec "$@"', "sh"];
      const { directory } = await onceOn(host("adcli1"), { as });
      expect(directory).toMatchObject({
        status: "joined",
        computerAccount: "ADCLI1$",
        detail: "the computer account is ADCLI1$, the host's name renamed1",
      });
      expect(directory).not.toHaveProperty("reason");
    });

    testBadInput(host, () => hung);

    test("no key is in a report", async () => {
      const { stdout } = await must(host("adcli1"), ["klist", "-k", "-K", "/etc/krb5.keytab"]);
      const keys = [...stdout.matchAll(/\(0x(?<key>[0-9a-f]+)\)/g)].map((match) => match.groups?.["key"] ?? "");
      expect(keys.length).toBeGreaterThan(2);
      const { text } = await onceOn(host("adcli1"));
      for (const key of keys) {
        for (const form of ["hex", "base64", "latin1"] as const) {
          expect(text).not.toContain(Buffer.from(key, "hex").toString(form));
        }
      }
    });

    test("without the probe no packet goes to the controller", async () => {
      const member = host("adcli1");
      await must(member, ["nft", "-f", "-"], COUNTER);
      expect((await onceOn(member, UNASKED)).directory).toMatchObject({ status: "joined", reason: "not-verified" });
      expect(await packetsTo(member)).toBe(0);
      await onceOn(member);
      expect(await packetsTo(member)).toBeGreaterThan(0);
    });

    test("where there is a state folder, the second look of an hour asks nobody", async () => {
      const member = host("adcli1");
      const state = join(member.stateDir, "remembered");
      mkdirSync(state);
      const first = await onceOn(member, { state });
      const before = await packetsTo(member);
      const second = await onceOn(member, { state });
      expect(await packetsTo(member)).toBe(before);
      expect(second.directory).toMatchObject({ status: "joined", checkedAt: first.directory.checkedAt });
      expect(second.directory).not.toHaveProperty("reason");
    });

    test("the evidence without a probe, and what it costs", async () => {
      const reader = fileURLToPath(new URL("../../agent/src/directory/linux/index.ts", import.meta.url));
      const script = `
        const { createDirectoryReader } = await import(${JSON.stringify(reader)});
        for (const look of ["first", "second"]) {
          const before = process.cpuUsage();
          const { status, reason } = await createDirectoryReader({ probes: false }).read();
          const { user, system } = process.cpuUsage(before);
          process.stdout.write([status, reason, (user + system) / 1000, "ms CPU,", look, "look"].join(" ") + "\\n");
        }`;
      for (const name of ["winbind1", "sssd1"]) {
        const { stdout } = await must(host(name), [process.execPath, "--input-type=module", "-e", script]);
        expect(stdout.match(/^joined not-verified [\d.]+ ms CPU/gm)).toHaveLength(2);
        process.stdout.write(`${name}: ${stdout}`);
      }
    });

    test(
      "a controller that was stopped is unreachable, and nobody broken",
      async () => {
        await domain.stopController();
        const { directory } = await onceOn(host("adcli1"));
        expect(directory).toMatchObject({ status: "joined", reason: "dc-unreachable" });
        process.stdout.write(`stopped: ${directory.probeMs} ms, ${directory.detail}\n`);
        const deleted = await onceOn(host("deleted1"));
        expect(deleted.directory).toMatchObject({ status: "joined", reason: "dc-unreachable" });
      },
      SLOW_MS,
    );
  },
  DOMAIN_PROGRAMS,
);

const UNASKED = { config: { directoryProbe: false } };
const COUNTER = `table ip told { chain output { type filter hook output priority 0; ip daddr ${CONTROLLER.address} counter; }; }\n`;

/** To the controller, since COUNTER was loaded. */
async function packetsTo(member: Host): Promise<number> {
  const { stdout } = await must(member, ["nft", "list", "table", "ip", "told"]);
  return Number(/packets (?<packets>\d+)/.exec(stdout)?.groups?.["packets"]);
}

async function drop(member: Host): Promise<void> {
  // What goes out is answered by nobody, as behind a firewall that drops.
  const rule = `type filter hook input priority 0; ip saddr ${CONTROLLER.address} drop;`;
  await must(member, ["nft", "-f", "-"], `table ip cut { chain input { ${rule} }; }\n`);
}
