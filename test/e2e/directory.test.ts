import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DirectoryItem, PlanDocument } from "@portolan/api";
import { parse } from "csv-parse/sync";
import { afterEach, beforeEach, expect, it } from "vitest";
import { freePort, openWorkplace, type Workplace } from "./local-collector.ts";
import { cellsOfXlsx } from "./rule-files.ts";
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
  expect(json<{ items: DirectoryItem[] }>("directory", "--status", "broken").items.map(({ host }) => host)).toEqual([
    "old1",
  ]);
  expect(work.portolan(["directory", "--status", "unknown"]).out).toBe("No directory of this kind.\n");
  expect(work.portolan(["directory", "--status", "ill"])).toMatchObject({
    code: 1,
    err: expect.stringContaining('got "ill"'),
  });
  expect(work.portolan(["address-dependencies", "--kind", "odbc", "--suspected", "false"]).out).toMatch(
    /files1 +odbc /,
  );
  const controllers = work.portolan(["domain-controllers"]).out;
  expect(controllers).toMatch(/dc1 +imported +10\.1\.2\.1 +corp\.example +Hamburg +1 /);
  expect(controllers).toMatch(/dc3\.corp\.example +unmanaged +10\.7\.0\.3 .*named as its controller by old1/);
  expect(work.portolan(["address-dependencies", "--host", "files1"]).out).toMatch(/files1 +certificate .*2026-12-24/);
  expect(work.portolan(["directory-sites"]).out).toMatch(/Hamburg +corp\.example +dc1, dc2/);
  expect(work.portolan(["directory-segments"]).out).toMatch(/10\.1\.1\.0\/24 +default +Hamburg \(2\)/);
});

it("asks the network team for a bundle, and tells the same in CSV and in the spreadsheet", async () => {
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
  expect(work.portolan(["export", "firewall", "--format", "xlsx", "-o", "firewall.xlsx"]).code).toBe(0);
  const sheet = await cellsOfXlsx(join(work.folder, "firewall.xlsx"), "Active Directory");
  expect(sheet.slice(1).map(([part]) => part)).toEqual(rows.map(({ part }) => part));
});

it("plans waves that say what becomes of the directory", () => {
  writeFileSync(join(work.folder, "plan.yaml"), "stay: [dc1, dc2]\n");
  const plan = json<PlanDocument>("plan", "create", "--config", "plan.yaml");
  const text = plan.waves.flatMap(({ warnings = [] }) => warnings).join("\n");
  expect(text).toContain("would leave their domain controllers behind");
  expect(text).toContain("would leave their DNS resolvers behind");
  expect(work.portolan(["plan", "show", plan.id]).out).toContain("Wave 1: ");
});

it("plans with the new addresses that plan.yaml names: subnets without an AD site, and settings to change", () => {
  const lines = [
    "host,old_address,new_address,new_zone",
    "files1,10.1.1.11,10.50.1.11,cloud-app",
    "app1,10.1.1.12,10.1.1.112,cloud-app",
    "old1,10.1.1.30,10.50.1.30,cloud-app",
    "dc1,10.1.2.1,10.50.2.1,cloud-core",
  ];
  mkdirSync(join(work.folder, "plans"));
  const write = (name: string, text: string | Buffer) => writeFileSync(join(work.folder, "plans", name), text);
  write("plan.yaml", "stay: [dc2]\naddresses: addresses.csv\n");
  // As a spreadsheet on Korean Windows saves it: CP949, with CR LF.
  const korean = Buffer.concat([Buffer.from(",10.1.1.14,10.50.1.14,"), Buffer.from([0xbc, 0xad, 0xb9, 0xf6])]);
  write("addresses.csv", Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\nbilling1`), korean]));
  const { out, err, code } = work.portolan(["plan", "create", "--config", join("plans", "plan.yaml")]);
  expect({ err, code }).toEqual({ err: "", code: 0 });
  for (const line of [
    "Warning: addresses.csv: 1 old address is not known to be the host's: line 4, 10.1.1.30 of old1, of which 10.1.1.13 is known",
    "Warning: addresses: no new address is given for 1 of 6 hosts in waves (web1)",
    // Members of Hamburg are in 10.1.1.0/24 already.
    "Wave 1: no AD site that members report covers 10.50.1.0/24 with 2 hosts, 10.50.2.0/24 with 1 host:",
    "Wave 1: 10.1.1.30 of old1 becomes 10.50.1.30 (cloud-app): 2 settings of 2 hosts to change, app1 (hosts-file /etc/hosts:7), files1 (odbc DSN payroll, HKLM\\SOFTWARE\\ODBC)",
    "Wave 1: 10.1.2.1 of dc1 becomes 10.50.2.1 (cloud-core): 1 setting of 1 host to change, files1 (dns-server Ethernet0, Tcpip\\Parameters\\Interfaces)",
    "Wave 1: dc1: domain controllers are promoted anew",
  ])
    expect(out).toContain(line);
  expect(out).not.toContain("not honoured");
  write("addresses.csv", `${lines.join("\n")}\nlost,10.1.1.99,10.50.1.99,\n`);
  expect(work.portolan(["plan", "create", "--config", "plans/plan.yaml"])).toEqual({
    code: 1,
    out: "",
    err: 'portolan: addresses.csv has lines that are not as expected; no plan was made\n  line 6, host: expected the name of a managed or imported host (got "lost")\n',
  });
  write("plan.yaml", "addresses: none.csv\n");
  const missing = work.portolan(["plan", "create", "--config", "plans/plan.yaml"]);
  expect(missing).toMatchObject({ code: 1, out: "" });
  expect(missing.err).toMatch(/^portolan: plans\/plan\.yaml: addresses: .*none\.csv: can't be read: ENOENT/);
  write("plan.yaml", "files: {}\n");
  expect(work.portolan(["plan", "create", "--config", "plans/plan.yaml"]).err).toContain('Unrecognized key: "files"');
});
