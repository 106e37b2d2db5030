import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { BundleItem, type DirectoryItem, PlanDocument } from "@portolan/api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ONE_SAMPLE_MS, portolan, startAgent, startCollector, stopAgent } from "../e2e/portolan.ts";
import type { Host } from "../estate/host.ts";
import { describeInLab } from "../estate/requirements.ts";
import { CONTROLLER, DOMAIN_PROGRAMS, type Domain, buildDomain, must } from "./domain.ts";

const COLLECTOR = "collector1";
/** Dynamic RPC, as the bundle names it. */
const RANGE = { from: 49_152, to: 65_535 };
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

describeInLab(
  "a Samba domain with agents and a collector",
  () => {
    let domain: Domain;
    let collector: Host;
    /** Connections to the controller from before the agents looked, of which some were still to be seen; and since. */
    let early: Set<string>;
    let late: Set<string>;
    const host = (name: string): Host => domain.estate.host(name);
    const ask = (...args: string[]) => portolan(collector, ...args, "--data", join(collector.stateDir, "data"));
    const items = async <Item>(...args: string[]) => {
      const { items: all } = JSON.parse(await ask(...args, "--json")) as { items: Item[] };
      return all;
    };

    beforeAll(async () => {
      domain = await buildDomain({
        sssd1: "realm-sssd",
        winbind1: "realm-winbind",
        adcli1: "adcli",
        never1: "none",
        [COLLECTOR]: "none",
      });
      collector = host(COLLECTOR);
      await startCollector(collector, join(collector.stateDir, "data"));
      const made = JSON.parse(await ask("token", "create", "--kind", "enrolment", "--uses", "9", "--json"));
      const watched = [CONTROLLER.name, "sssd1", "winbind1", "adcli1", "never1"].map(host);
      early = await domain.takeCalls();
      const agents = [];
      for (const member of watched) agents.push({ member, agent: await startAgent(member, made.token) });
      early = new Set([...early, ...(await domain.takeCalls())]);
      host("sssd1").spawn(["sssd", "-i", "--logger=stderr"], { log: "sssd.log" });
      host("winbind1").spawn(["winbindd", "-F", "--no-process-group"], { log: "winbindd.log" });
      for (let time = 0; time < 3; time += 1) await must(host("never1"), ASKED);
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

    test("the bundle's ports are those that the controller was called at, and Microsoft's others", async () => {
      const file = join(collector.stateDir, "firewall.json");
      await ask("export", "firewall", "--format", "json", "-o", file);
      const { bundles } = JSON.parse(readFileSync(file, "utf8")) as { bundles: unknown[] };
      expect(bundles).toHaveLength(1);
      const bundle = BundleItem.parse(bundles[0]);
      expect(bundle.members.map(({ name }) => name)).toEqual(["adcli1", "sssd1", "winbind1"]);
      const tcp = bundle.ports.filter(({ protocol }) => protocol === "tcp");
      const observed = tcp.filter(({ mark }) => mark === "observed").map(({ fromPort }) => fromPort);
      const portsOf = (calls: Set<string>): Set<number> => {
        const ports = [...calls].map((call) => Number(call.split(" ")[1]));
        return new Set(ports.map((port) => (port >= RANGE.from && port <= RANGE.to ? RANGE.from : port)));
      };
      const [since, ever] = [portsOf(late), portsOf(new Set([...early, ...late]))];
      process.stdout.write(
        `called: ${[...since].join(" ")}; before the agents looked: ${[...portsOf(early)].join(" ")}\n`,
      );
      expect(observed).toEqual(expect.arrayContaining([...since]));
      expect(observed.filter((port) => !ever.has(port))).toEqual([]);
      expect(observed).toEqual(expect.arrayContaining([88, 389, 445, RANGE.from]));
      const all = [53, 88, 135, 389, 445, 464, 636, 3268, 3269, 9389, RANGE.from];
      expect(tcp.map(({ fromPort }) => fromPort).toSorted((a, b) => a - b)).toEqual(all);
      // Winbind asks the endpoint mapper, and goes where it is sent.
      expect(bundle.rpc).toMatchObject({
        joined: true,
        listeners: [{ controller: CONTROLLER.name, process: "samba" }],
      });
      expect(bundle.rpc.advice).toContain("rpc server dynamic port range");
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
