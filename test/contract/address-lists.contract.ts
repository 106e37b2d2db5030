import type { ImportedAddressList, Storage } from "@portolan/collector";
import type { AddressDependency } from "@portolan/protocol";
import { expect, test } from "vitest";
import { actor, enrolled, MINUTE, NOON, syntheticFacts, syntheticImport, syntheticReport } from "./synthetic.ts";

const HOUR = 60 * MINUTE;

const link = (target: string, holder = "SQL Server ERP, linked server X"): AddressDependency => ({
  kind: "linked-server",
  holder,
  target,
  source: "sys.servers",
});
/** SYNTHETIC: what an instance was asked so many hours after noon. */
const list = (hours: number, items: AddressDependency[], more: Partial<ImportedAddressList> = {}) => ({
  site: "seoul",
  host: "erpdb01",
  holder: "sqlserver ERP",
  at: NOON + hours * HOUR,
  items,
  ...more,
});

/** Whole lists of what names an address, from files: linked servers of database engines. */
export function addressListContract(storage: () => Storage, reopen: () => Promise<Storage>): void {
  const take = (id: string, ...addressLists: ImportedAddressList[]) =>
    storage().saveImport(syntheticImport(id, { format: "linked-servers" }), { addressLists }, actor);
  const shown = async (filter?: { hostId?: string }) =>
    (await storage().listAddressDependencies(filter)).map(({ target, importId, current, firstSeen, lastSeen }) => [
      target,
      importId,
      current,
      (firstSeen - NOON) / HOUR,
      (lastSeen - NOON) / HOUR,
    ]);

  test("a file's items are there with their import, of the host that the file names, and stay", async () => {
    const revision = await storage().revision();
    await take("i1", list(0, [link("db02:1433")]));
    expect(await storage().revision()).toBeGreaterThan(revision);
    const [host, ...others] = await storage().listHosts();
    expect(others).toEqual([]);
    expect(host).toMatchObject({ name: "erpdb01", kind: "imported" });
    await reopen();
    expect(await storage().listAddressDependencies({ hostId: host?.id ?? "" })).toEqual([
      { hostId: host?.id, ...link("db02:1433"), importId: "i1", firstSeen: NOON, lastSeen: NOON, current: true },
    ]);
    expect(await shown({ hostId: "h999" })).toEqual([]);
  });

  test("the latest list of a holder says what is current, in whatever order the files come", async () => {
    await take("i2", list(2, [link("db02"), link("db03")]));
    await take("i1", list(1, [link("db01"), link("db02")]));
    await take("i3", list(5, [link("db09", "another")], { holder: "sqlserver OTHER" }));
    const expected = [
      ["db01", "i1", false, 1, 1],
      ["db02", "i2", true, 1, 2],
      ["db03", "i2", true, 2, 2],
      ["db09", "i3", true, 5, 5],
    ];
    expect(await shown()).toEqual(expected);
    await take("i4", list(6, []));
    expect((await shown()).map(([target, , current]) => [target, current])).toEqual([
      ["db01", false],
      ["db02", false],
      ["db03", false],
      ["db09", true],
    ]);
    expect(await storage().undoImport("i4", NOON, actor)).toEqual({ flows: 0, reports: 0, days: 0, hosts: 0 });
    expect(await shown()).toEqual(expected);
  });

  test("what agents tell and what files say do not end each other", async () => {
    const hostId = await enrolled(storage(), "a1", { hostname: "erpdb01" });
    const dns: AddressDependency = {
      kind: "dns-server",
      holder: "eth0",
      target: "10.0.0.1",
      source: "/etc/resolv.conf",
    };
    const report = (number: number) =>
      syntheticReport("a1", number, {
        host: { ...syntheticFacts, hostname: "erpdb01" },
        flows: [],
        addressDependencies: [dns],
      });
    await storage().saveReports([report(1)]);
    await take("i1", list(3, [link("db02")], { host: "ERPDB01" }));
    await storage().saveReports([report(600)]);
    const all = await storage().listAddressDependencies();
    expect(all.map((item) => [item.hostId, item.target, item.importId, item.current])).toEqual([
      [hostId, "10.0.0.1", undefined, true],
      [hostId, "db02", "i1", true],
    ]);
  });

  test("an undo takes the file's items, and the host that only it named; the same file may come again", async () => {
    await take("i1", list(0, [link("db02"), link("db03")]));
    await take("i2", list(1, [link("db02")], { holder: "other" }), list(1, [], { host: "erpdb02" }));
    expect(await storage().undoImport("i2", NOON, actor)).toEqual({
      flows: 0,
      reports: 0,
      days: 0,
      hosts: 1,
      addressDependencies: 1,
    });
    expect((await storage().listHosts()).map(({ name }) => name)).toEqual(["erpdb01"]);
    expect(await storage().undoImport("i1", NOON, actor)).toMatchObject({ hosts: 1, addressDependencies: 2 });
    expect(await storage().listAddressDependencies()).toEqual([]);
    expect(await storage().listHosts()).toEqual([]);
    expect(await take("i1", list(0, [link("db02")]))).toMatchObject({ duplicate: false });
    expect(await shown()).toHaveLength(1);
  });

  test("of hosts that are one the lists stand together, until they are split", async () => {
    await take("i1", list(0, [link("db02")]));
    await take("i2", list(1, [link("db03")], { host: "erpdb01-new" }));
    const [old, young] = (await storage().listHosts()).map(({ id }) => id);
    const before = await shown();
    await storage().mergeHosts(young ?? "", old ?? "", NOON, actor);
    // One instance: what it said last holds.
    expect(await shown({ hostId: young ?? "" })).toEqual([
      ["db02", "i1", false, 0, 0],
      ["db03", "i2", true, 1, 1],
    ]);
    expect(new Set((await storage().listAddressDependencies()).map(({ hostId }) => hostId))).toEqual(new Set([old]));
    await storage().splitHost(young ?? "", NOON, actor);
    expect(await shown()).toEqual(before);
  });

  test("a file that can't be stored is stored in no part", async () => {
    const broken = list(0, [link("db02")], { at: Number.NaN });
    await expect(take("i1", list(0, [link("db01")]), broken)).rejects.toThrow();
    expect(await storage().listImports()).toEqual([]);
    expect(await storage().listAddressDependencies()).toEqual([]);
    expect(await storage().listHosts()).toEqual([]);
  });
}
