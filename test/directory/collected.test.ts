import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { DirectoryItem, PlanDocument } from "@portolan/api";
import { AD_PORTS } from "@portolan/graph";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort, openWorkplace, type Workplace } from "../e2e/local-collector.ts";
import type { Host } from "../estate/host.ts";
import { describeInLab } from "../estate/requirements.ts";
import { buildDomain, CONTROLLER, type Domain, DOMAIN_PROGRAMS, must } from "./domain.ts";

const AGENT = fileURLToPath(new URL("../../agent/src/main.ts", import.meta.url));
const ENV = { NODE_COMPILE_CACHE: fileURLToPath(new URL("../../node_modules/.cache/compile", import.meta.url)) };
const CAPTURED_FOR = "40s";

type Flow = { clientHost?: string; serverHost?: string; protocol: string; serverPort: number; connections: number };
interface Bundle {
  name: string;
  members: { name: string; because: string }[];
  ports: { protocol: string; fromPort: number; toPort: number; mark: string; observedPorts?: number[] }[];
  rpc: { joined: boolean; listeners: { process: string }[]; advice: string };
  rules: string[];
  overPermission: number;
}

describeInLab(
  "a Samba domain as the collector sees it",
  () => {
    let domain: Domain;
    let work: Workplace;
    const host = (name: string): Host => domain.estate.host(name);
    const json = <T>(...args: string[]): T => JSON.parse(work.portolan([...args, "--json"]).out) as T;
    const bundles = () => {
      const done = work.portolan(["export", "firewall", "--format", "json", "--scope", "all", "-o", "-"]);
      return (JSON.parse(done.out) as { bundles: Bundle[] }).bundles;
    };

    beforeAll(async () => {
      work = openWorkplace();
      domain = await buildDomain({ sssd1: "realm-sssd", winbind1: "realm-winbind", app1: "none" });
      const captures = domain.estate.hosts.map((machine) => {
        const config = join(machine.stateDir, "agent.json");
        writeFileSync(config, JSON.stringify({ sampleSeconds: 2, reportSeconds: 10 }));
        const file = join(machine.stateDir, "capture.reports");
        const state = join(machine.stateDir, "agent");
        const argv = [process.execPath, AGENT, "capture", "-o", file, "--for", CAPTURED_FOR, "--config", config];
        return { file, running: machine.spawn([...argv, "--state", state], { log: "capture.log", env: ENV }) };
      });
      await sleep(5000);
      host("sssd1").spawn(["sssd", "-i", "--logger=stderr"], { log: "sssd.log" });
      host("winbind1").spawn(["winbindd", "-F", "--no-process-group"], { log: "winbindd.log" });
      // An application that asks the directory, on a host that nobody joined.
      const asked = [
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
      for (let time = 0; time < 3; time += 1) await must(host("app1"), asked);
      await Promise.all(captures.map(({ running }) => running.exited));
      await work.serve(join(work.folder, "data"), await freePort());
      for (const { file } of captures)
        expect(work.portolan(["import", "--format", "report", file])).toMatchObject({ code: 0 });
    }, 180_000);
    afterAll(async () => {
      work?.close();
      await domain?.close();
    });

    test("everybody's membership, and the controllers by all three ways", () => {
      const { items } = json<{ items: DirectoryItem[] }>("directory");
      const statuses = items.map(({ host: name, status, role, dnsDomain }) => [name, status, role, dnsDomain]);
      expect(statuses.sort()).toEqual([
        ["app1", "not-joined", "standalone", undefined],
        ["dc1", "joined", "dc", "corp.example"],
        ["sssd1", "joined", "member", "corp.example"],
        ["winbind1", "joined", "member", "corp.example"],
      ]);
      const dc1 = items.find(({ host: name }) => name === "dc1");
      expect(dc1?.controller).toMatchObject({ confidence: 1 });
      expect(dc1?.controller?.reasons.map(({ by }) => by)).toEqual(
        expect.arrayContaining(["role", "ports", "members"]),
      );
      const app1 = items.find(({ host: name }) => name === "app1");
      expect(app1?.authenticates).toMatchObject({ controllers: ["dc1"], services: ["tcp/389"] });
      for (const name of ["sssd1", "winbind1"]) {
        const member = items.find((item) => item.host === name);
        expect(
          member?.controllers.map((controller) => controller.name),
          name,
        ).toEqual(["dc1"]);
        expect(member?.controllers[0]?.services.length, name).toBeGreaterThan(0);
      }
      process.stdout.write(`${work.portolan(["directory"]).out}\n${work.portolan(["domain-controllers"]).out}\n`);
      const shared = json<{ items: { host: string }[] }>("shared-services");
      expect(shared.items.map((item) => item.host)).toContain("dc1");
    });

    test("the bundle holds the flows seen and the rest of Microsoft's list, each marked", () => {
      const { items } = json<{ items: Flow[] }>("dependencies", "--host", "dc1");
      const onList = ({ protocol, serverPort }: Flow) =>
        AD_PORTS.find((port) => port.protocol === protocol && port.fromPort <= serverPort && serverPort <= port.toPort);
      const seen = new Set(
        items
          .filter(({ clientHost, serverHost }) => serverHost === "dc1" && /^(sssd1|winbind1)$/.test(clientHost ?? ""))
          .filter(({ connections }) => connections > 0)
          .flatMap((flow) => onList(flow)?.purpose ?? []),
      );
      const [bundle, ...others] = bundles();
      expect(others).toEqual([]);
      expect(bundle?.name).toBe("Active Directory corp.example");
      expect(bundle?.members).toEqual([
        { name: "sssd1", because: "reported" },
        { name: "winbind1", because: "reported" },
      ]);
      expect(bundle?.ports.map(({ protocol, fromPort, toPort }) => [protocol, fromPort, toPort])).toEqual(
        AD_PORTS.map(({ protocol, fromPort, toPort }) => [protocol, fromPort, toPort]),
      );
      const observed = bundle?.ports.filter(({ mark }) => mark === "observed") ?? [];
      const marked = observed.map(({ protocol, fromPort }) => `${protocol}/${fromPort}`);
      process.stdout.write(`observed: ${marked.join(" ")}\nRPC: ${JSON.stringify(bundle?.rpc)}\n`);
      expect(marked).toEqual(expect.arrayContaining(["tcp/88", "tcp/389", "tcp/445"]));
      expect(
        new Set(observed.flatMap((port) => AD_PORTS.find((entry) => entry.fromPort === port.fromPort)?.purpose ?? [])),
      ).toEqual(seen);
      // Winbind asks the endpoint mapper, and goes where it is sent.
      expect(bundle?.rpc.joined).toBe(true);
      expect(bundle?.rpc.advice).toContain("rpc server dynamic port range");
    });

    test("a plan that leaves the controller where it is says who would lose it", () => {
      writeFileSync(join(work.folder, "plan.yaml"), "stay: [dc1]\n");
      const plan = json<PlanDocument>("plan", "create", "--config", "plan.yaml");
      const text = plan.waves.flatMap(({ warnings = [] }) => warnings).join("\n");
      expect(text).toContain(
        "3 hosts (app1, sssd1, winbind1), 1 of them not known as joined, would leave their domain controllers behind (dc1)",
      );
    });
  },
  DOMAIN_PROGRAMS,
);
