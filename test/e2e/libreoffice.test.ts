import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runsUnderCi } from "../config.ts";
import { LAB_PATH } from "../estate/command.ts";
import { freePort, openWorkplace, type Workplace } from "./local-collector.ts";

/** Token 12 of the filter's options, -1, writes every sheet to a file of its own; token 8 saves what a cell shows. */
const EVERY_SHEET = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1";

const isInstalled = spawnSync("which", ["soffice"], { env: { PATH: LAB_PATH } }).status === 0;
if (!isInstalled && !runsUnderCi)
  process.stderr.write(
    "\nSKIPPED: the spreadsheet in LibreOffice needs soffice (apt-get install libreoffice-calc).\n\n",
  );

const ZONES = `zone,cidr,site,kind,description
web,10.1.0.0/24,,,
"=cmd|' /C calc'!A0",10.2.0.0/24,,,"a zone whose name would be a formula"
`;
const FLOWS = `client,server,protocol,port,first_seen,last_seen,connections,client_process,server_process
=1+1,10.2.0.9,tcp,5432,2026-03-01T00:00:00Z,2026-03-02T00:00:00Z,7,"=HYPERLINK(""http://x"",""y"")",postgres
웹서버,10.2.0.9,tcp,1433,2026-03-01T00:00:00Z,2026-03-02T00:00:00Z,3,@SUM(1),+1
10.9.9.9,10.2.0.9,tcp,22,2026-03-01T00:00:00Z,2026-03-02T00:00:00Z,1,-1,sshd
`;
const HOSTS = `host,address,site,environment,notes
=1+1,10.1.0.5,,,
웹서버,10.1.0.6,,,
`;

describe.skipIf(!isInstalled && !runsUnderCi)("the spreadsheet in LibreOffice", () => {
  let work: Workplace;
  beforeEach(() => {
    work = openWorkplace();
  });
  afterEach(() => work.close());

  /** Each sheet as LibreOffice shows it, by the sheet's name. */
  function sheetsOf(file: string): Map<string, string[][]> {
    const profile = `-env:UserInstallation=file://${join(work.folder, "profile")}`;
    const args = [profile, "--headless", "--convert-to", EVERY_SHEET, "--outdir", join(work.folder, "sheets"), file];
    const done = spawnSync("soffice", args, {
      encoding: "utf8",
      timeout: 50_000,
      env: { PATH: LAB_PATH, HOME: work.folder },
    });
    expect(done.status, done.stderr).toBe(0);
    return new Map(
      readdirSync(join(work.folder, "sheets")).map((name) => [
        name.replace(/^.*?-(.*)\.csv$/, "$1"),
        parse(readFileSync(join(work.folder, "sheets", name)), { relax_column_count: true, bom: true }),
      ]),
    );
  }

  it("shows the rules as they were derived, and runs nothing that data brought along", async () => {
    await work.serve(join(work.folder, "data"), await freePort());
    for (const [name, content, command] of [
      ["hosts.csv", HOSTS, ["hosts", "import"]],
      ["flows.csv", FLOWS, ["import", "--format", "flows-csv"]],
      ["zones.csv", ZONES, ["zones", "import"]],
    ] as const) {
      writeFileSync(join(work.folder, name), content);
      expect(work.portolan([...command, name])).toMatchObject({ code: 0, err: "" });
    }
    expect(work.portolan(["export", "firewall", "--format", "xlsx", "-o", "firewall.xlsx"]).code).toBe(0);
    const sheets = sheetsOf(join(work.folder, "firewall.xlsx"));
    expect([...sheets.keys()].sort()).toEqual(
      [
        "Active Directory",
        "Coverage",
        "Dependencies",
        "Not in any rule",
        "Rules",
        "Summary",
        "Unmanaged peers",
        "Zone matrix",
      ].sort(),
    );
    const [header = [], ...rules] = sheets.get("Rules") ?? [];
    const column = (title: string) => rules.map((row) => row[header.indexOf(title)]).sort();
    expect(column("Service")).toEqual(["tcp/1433 (ms-sql-s)", "tcp/5432 (postgresql)"]);
    expect(column("Source")).toEqual(["=1+1", "웹서버"]);
    expect(column("Source address")).toEqual(["10.1.0.5", "10.1.0.6"]);
    expect(new Set(column("Destination zone"))).toEqual(new Set(["=cmd|' /C calc'!A0"]));
    const cells = [...sheets.values()].flat(2);
    for (const text of ["=1+1", "@SUM(1)", "+1", "-1", '=HYPERLINK("http://x","y")']) expect(cells).toContain(text);
    expect(cells.filter((cell) => /^(#NAME\?|Err:\d+|#REF!|#VALUE!)$/.test(cell))).toEqual([]);
    expect(sheets.get("Not in any rule")?.slice(1)).toHaveLength(1);
  });
});
