import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DirectoryItem, PlanDocument } from "@portolan/api";
import { parse } from "csv-parse/sync";
import { afterEach, beforeEach, expect, it } from "vitest";
import { freePort, openWorkplace, type Workplace } from "./local-collector.ts";
import { SYNTHETIC_ZONES, syntheticDirectoryReports } from "./synthetic-directory.ts";

let work: Workplace;
beforeEach(async () => {
  work = openWorkplace();
  await work.serve(join(work.folder, "data"), await freePort());
  writeFileSync(join(work.folder, "estate.reports"), syntheticDirectoryReports());
  writeFileSync(join(work.folder, "zones.csv"), SYNTHETIC_ZONES);
  expect(work.portolan(["import", "--format", "report", "estate.reports"])).toMatchObject({ code: 0, err: "" });
  expect(work.portolan(["zones", "import", "zones.csv"]).code).toBe(0);
});
afterEach(() => work.close());

const json = <T>(...args: string[]) => JSON.parse(work.portolan([...args, "--json"]).out) as T;

it("answers a user who asks for the directory: hosts, controllers, addresses, sites, in tables and as JSON", () => {
  const { items } = json<{ items: DirectoryItem[] }>("directory");
  expect(items.map(({ host, status, reason }) => [host, status, reason ?? ""]).sort()).toEqual([
    ["app1", "joined", ""],
    ["billing1", "not-joined", ""],
    ["dc1", "joined", ""],
    ["dc2", "joined", ""],
    ["files1", "joined", "not-verified"],
    ["old1", "broken", "stale-secret"],
    ["web1", "not-reported", ""],
  ]);
  const table = work.portolan(["directory"]).out;
  expect(table).toMatch(/old1 +broken, stale-secret +corp\.example/);
  expect(table).toMatch(/billing1 +not-joined .*uses the directory without being joined: tcp\/636 by java/);
  expect(table).toMatch(/files1 .*(CORP\\gmsa-web\$, CORP\\svc-backup|CORP\\svc-backup, CORP\\gmsa-web\$)/);
  expect(work.portolan(["directory", "--host", "web1"]).out).toMatch(/web1 +not-reported/);
  const controllers = work.portolan(["domain-controllers"]).out;
  expect(controllers).toMatch(/dc1 +imported +10\.1\.2\.1 +corp\.example +Hamburg +1 /);
  expect(controllers).toMatch(/dc3\.corp\.example +unmanaged +10\.7\.0\.3 .*named as its controller by old1/);
  expect(work.portolan(["address-dependencies", "--host", "files1"]).out).toMatch(/files1 +certificate .*2026-12-24/);
  expect(work.portolan(["directory-sites"]).out).toMatch(/Hamburg +corp\.example +dc1, dc2/);
  expect(work.portolan(["directory-segments"]).out).toMatch(/10\.1\.1\.0\/24 +default +Hamburg \(2\)/);
});

it("asks the network team for a bundle, and tells the same in CSV", () => {
  const asked = ["export", "firewall", "--format", "json", "-o"];
  expect(work.portolan([...asked, "exact.json"]).code).toBe(0);
  expect(work.portolan([...asked, "bundle.json", "--active-directory", "bundle"]).code).toBe(0);
  type File = {
    rules: { bundle?: string; overPermission: number; services: object[] }[];
    bundles: { name: string; ports: { mark: string }[] }[];
  };
  const read = (name: string) => JSON.parse(readFileSync(join(work.folder, name), "utf8")) as File;
  const [exact, bundle] = [read("exact.json"), read("bundle.json")];
  const withoutRules = ({ bundles }: File) => bundles.map((one) => ({ ...one, rules: [] }));
  expect(withoutRules(exact)).toEqual(withoutRules(bundle));
  expect(exact.bundles.map(({ name }) => name)).toEqual(["Active Directory corp.example"]);
  expect(exact.bundles[0]?.ports.filter(({ mark }) => mark === "observed")).toHaveLength(7);
  expect(exact.rules.every(({ overPermission }) => overPermission === 0)).toBe(true);
  const whole = bundle.rules.filter((rule) => rule.bundle);
  expect(whole.map(({ services }) => services.length)).toEqual([16]);
  // Two members, two controllers, 15 ports and the range; nine of these were seen.
  expect(whole[0]?.overPermission).toBe(4 * (15 + 16_384) - 9);
  expect(work.portolan(["export", "directory", "--format", "csv", "-o", "ad.csv"]).code).toBe(0);
  const rows = parse(readFileSync(join(work.folder, "ad.csv")), { columns: true, bom: true }) as Record<
    string,
    string
  >[];
  const parts = Map.groupBy(rows, ({ part }) => part);
  expect([...parts].map(([part, own]) => [part, own.length])).toEqual([
    ["bundle", 1],
    ["port", 16],
    ["controller", 3],
    ["host", 7],
    ["authenticates", 1],
    ["account", 3],
    ["address", 4],
    ["segment", 2],
  ]);
});

it("plans waves that say what becomes of the directory", () => {
  writeFileSync(join(work.folder, "plan.yaml"), "stay: [dc1, dc2]\n");
  const plan = json<PlanDocument>("plan", "create", "--config", "plan.yaml");
  const text = plan.waves.flatMap(({ warnings = [] }) => warnings).join("\n");
  expect(text).toContain("would leave their domain controllers behind");
  expect(text).toContain("would leave their DNS resolvers behind");
  expect(work.portolan(["plan", "show", plan.id]).out).toContain("Wave 1: ");
});
