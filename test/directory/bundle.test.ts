import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { BundleItem, type DirectoryItem, PlanDocument } from "@portolan/api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ONE_SAMPLE_MS, portolan, startAgent, startCollector, stopAgent } from "../e2e/portolan.ts";
import type { Host } from "../estate/host.ts";
import { describeInLab } from "../estate/requirements.ts";
import { type Call, CONTROLLER, DOMAIN_PROGRAMS, type Domain, buildDomain, must } from "./domain.ts";

const COLLECTOR = "collector1";
/** Dynamic RPC, as the bundle names it. */
const RANGE = { from: 49_152, to: 65_535 };
/** Microsoft's list, all of it. */
const REQUIRED = {
  tcp: [53, 88, 135, 389, 445, 464, 636, 3268, 3269, 9389, RANGE.from],
  udp: [53, 88, 123, 389, 464],
};
/** The member whose host tracks its connections: of the others' datagrams no agent can tell. */
const TRACKING = "sssd1";
/** SYNTHETIC: changes its password. */
const USER = { name: "clerk", password: "First-Passw0rd" };
/** An application that asks the directory, on a host that nobody joined. */
const ASKED = [
  "ldapsearch",
  "-x",
  "-H",
  `ldap://${CONTROLLER.address}`,
  "-s",
  "base",
  "-b",
  "",
  "defaultNamingContext",
];
/** The controller is a zone of its own: what leads there crosses a border. */
const ZONES = `zone,cidr,site,kind,description\nmembers,10.66.0.0/24,,servers,lab\ncontrollers,${CONTROLLER.address}/32,,servers,lab\n`;

/** The list's ports among the calls, sorted; of dynamic RPC the range's first. */
function portsOf(protocol: Call["protocol"], calls: readonly Call[]): number[] {
  const inRange = (port: number) => protocol === "tcp" && port >= RANGE.from && port <= RANGE.to;
  const own = calls.filter((call) => call.protocol === protocol);
  const called = new Set(own.map(({ port }) => (inRange(port) ? RANGE.from : port)));
  return REQUIRED[protocol].filter((port) => called.has(port));
}

/** A ticket, a changed password and a search for controllers, as a host does it that leaves Kerberos its own settings. */
async function sendDatagrams(member: Host): Promise<void> {
  const [first, second] = [USER.password, `Another-${member.name}-1`];
  const settings = `KRB5_CONFIG=${join(member.stateDir, "etc", "krb5.conf")}`;
  await must(member, ["env", settings, "kinit", USER.name], `${first}\n`);
  await must(member, ["env", settings, "kpasswd", USER.name], `${first}\n${second}\n${second}\n`);
  const domain = ["realm=CORP.EXAMPLE", "workgroup=CORP", "security=ADS"].map((option) => `--option=${option}`);
  await must(member, ["net", "--configfile=/dev/null", ...domain, "ads", "lookup", "-S", CONTROLLER.address]);
}

describeInLab(
  "a Samba domain with agents and a collector",
  () => {
    let domain: Domain;
    let collector: Host;
    /** What reached the controller before the agents looked, of which some was still to be seen; and since. */
    let early: Call[];
    let late: Call[];
    const host = (name: string): Host => domain.estate.host(name);
    const ask = (...args: string[]) => portolan(collector, ...args, "--data", join(collector.stateDir, "data"));
    const items = async <Item>(...args: string[]) => {
      const { items: all } = JSON.parse(await ask(...args, "--json")) as { items: Item[] };
      return all;
    };

    beforeAll(async () => {
      domain = await buildDomain(
        {
          [TRACKING]: "realm-sssd",
          winbind1: "realm-winbind",
          adcli1: "adcli",
          never1: "none",
          [COLLECTOR]: "none",
        },
        { tracking: [TRACKING] },
      );
      collector = host(COLLECTOR);
      await startCollector(collector, join(collector.stateDir, "data"));
      const made = JSON.parse(await ask("token", "create", "--kind", "enrolment", "--uses", "9", "--json"));
      const watched = [CONTROLLER.name, "sssd1", "winbind1", "adcli1", "never1"].map(host);
      await domain.administer("domain", "passwordsettings", "set", "--min-pwd-age=0");
      await domain.administer("user", "create", USER.name, USER.password);
      early = await domain.takeCalls();
      const agents = [];
      for (const member of watched) agents.push({ member, agent: await startAgent(member, made.token) });
      early = [...early, ...(await domain.takeCalls())];
      host("sssd1").spawn(["sssd", "-i", "--logger=stderr"], { log: "sssd.log" });
      host("winbind1").spawn(["winbindd", "-F", "--no-process-group"], { log: "winbindd.log" });
      for (let time = 0; time < 3; time += 1) await must(host("never1"), ASKED);
      await sendDatagrams(host(TRACKING));
      // Some looks, and the time that sssd and winbind take to settle.
      await sleep(3 * ONE_SAMPLE_MS);
      for (const { member, agent } of agents) await stopAgent(member, agent);
      late = await domain.takeCalls();
      writeFileSync(join(collector.stateDir, "zones.csv"), ZONES);
      await ask("zones", "import", join(collector.stateDir, "zones.csv"));
    }, 240_000);
    afterAll(() => domain?.close());

    test("the directory tells each host's membership, as its agent saw it", async () => {
      const told = await items<DirectoryItem>("directory");
      const states = told.map(({ host: name, status, role, method }) => [name, status, role, method]);
      expect(states.toSorted()).toEqual([
        ["adcli1", "joined", "member", "adcli-only"],
        [CONTROLLER.name, "joined", "dc", "samba-winbind"],
        ["never1", "not-joined", "standalone", undefined],
        ["sssd1", "joined", "member", "sssd"],
        ["winbind1", "joined", "member", "samba-winbind"],
      ]);
    });

    async function bundleOfLab() {
      const file = join(collector.stateDir, "firewall.json");
      await ask("export", "firewall", "--format", "json", "-o", file);
      const { bundles } = JSON.parse(readFileSync(file, "utf8")) as { bundles: unknown[] };
      expect(bundles).toHaveLength(1);
      return BundleItem.parse(bundles[0]);
    }

    test("the bundle's ports are those that the controller was called at, and Microsoft's others", async () => {
      const bundle = await bundleOfLab();
      expect(bundle.members.map(({ name }) => name)).toEqual(["adcli1", TRACKING, "winbind1"]);
      for (const protocol of ["tcp", "udp"] as const) {
        const lines = bundle.ports.filter((port) => port.protocol === protocol);
        expect(lines.map(({ fromPort }) => fromPort).toSorted((a, b) => a - b)).toEqual(REQUIRED[protocol]);
        const observed = lines.filter(({ mark }) => mark === "observed").map(({ fromPort }) => fromPort);
        const { address } = host(TRACKING);
        const seen = protocol === "tcp" ? late : late.filter(({ from }) => from === address);
        const [since, ever] = [portsOf(protocol, seen), portsOf(protocol, [...early, ...late])];
        process.stdout.write(
          `${protocol} called: ${since.join(" ")}; ever: ${ever.join(" ")}; observed: ${observed.join(" ")}\n`,
        );
        // Of datagrams, what the host that tracks sent; of the others' only what a connected socket showed.
        expect(observed).toEqual(expect.arrayContaining(since));
        expect(ever).toEqual(expect.arrayContaining(observed));
      }
      const observed = bundle.ports.filter(({ mark }) => mark === "observed");
      const texts = observed.map(({ protocol, fromPort }) => `${protocol}/${fromPort}`);
      expect(texts).toEqual(expect.arrayContaining(["tcp/88", "tcp/389", "tcp/445", `tcp/${RANGE.from}`]));
      expect(texts).toEqual(expect.arrayContaining(["udp/53", "udp/88", "udp/389"]));
      // Winbind asks the endpoint mapper, and goes where it is sent.
      expect(bundle.rpc).toMatchObject({
        joined: true,
        listeners: [{ controller: CONTROLLER.name, process: "samba" }],
      });
      expect(bundle.rpc.advice).toContain("rpc server dynamic port range");
    });

    test("what no agent could see is told as that: datagrams of the hosts that track nothing", async () => {
      const bundle = await bundleOfLab();
      const { blind, ports } = bundle;
      expect(blind).toEqual([
        {
          protocol: "udp",
          pairs: 2,
          of: 3,
          members: ["adcli1", "winbind1"],
          controllers: [CONTROLLER.name],
          text: "UDP may have been missed between 2 of 3 pairs of member and controller: no agent at either end sees peers of unconnected UDP sockets",
        },
      ]);
      expect(ports.map(({ protocol, blindPairs }) => blindPairs === (protocol === "udp" ? 2 : 0))).not.toContain(false);
      const file = join(collector.stateDir, "directory.csv");
      await ask("export", "directory", "--format", "csv", "-o", file);
      const sheet = readFileSync(file, "utf8");
      expect(sheet).toContain(blind[0]?.text);
      expect(sheet).toMatch(/udp\/123 \(ntp\),"?required, may have been missed/);
      expect(sheet).toMatch(/tcp\/9389[^,]*,"?required, not seen/);
    });

    test("the controller is known by its own word, by its ports and by its members, and is a shared service", async () => {
      const [controller] = (await items<DirectoryItem>("directory", "--host", CONTROLLER.name)).map(
        (item) => item.controller,
      );
      expect(controller?.confidence).toBe(1);
      expect(new Set(controller?.reasons.map(({ by }) => by))).toEqual(new Set(["role", "ports", "members"]));
      const shared = await items<{ host: string }>("shared-services");
      expect(shared.map((item) => item.host)).toContain(CONTROLLER.name);
    });

    test("who asks the directory without being joined stands apart, and is not forgotten in a plan", async () => {
      const [never] = await items<DirectoryItem>("directory", "--host", "never1");
      expect(never?.authenticates).toMatchObject({ controllers: [CONTROLLER.name], services: ["tcp/389"] });
      const file = join(collector.stateDir, "plan.yaml");
      writeFileSync(file, `stay: [${CONTROLLER.name}]\n`);
      const plan = PlanDocument.parse(JSON.parse(await ask("plan", "create", "--config", file, "--json")));
      expect(plan.waves.flatMap(({ warnings = [] }) => warnings).join("\n")).toContain(
        "4 hosts (adcli1, never1, sssd1, winbind1), 1 of them not known as joined, would leave their domain controllers behind",
      );
    });
  },
  DOMAIN_PROGRAMS,
);
