import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm, stat } from "node:fs/promises";
import { createInterface } from "node:readline";
import type { Storage } from "@portolan/collector";
import { expect, test } from "vitest";
import { actor, enrolled, NOON, source, syntheticFacts, syntheticImport, syntheticReport } from "./synthetic.ts";

const ACKNOWLEDGED = 25;

async function everything(storage: Storage): Promise<unknown[]> {
  return Promise.all([
    storage.revision(),
    storage.listTokens(),
    storage.listAgents(),
    storage.listHosts(),
    storage.listListeners(),
    storage.listFlows(),
    storage.listCoverage(),
    storage.listImports(),
    storage.readZones(),
    storage.listPlans(),
    storage.listAudit(100),
    storage.siteTimeZone("seoul"),
  ]);
}

export interface DurabilitySubject {
  storage: () => Storage;
  reopen: () => Promise<Storage>;
  dataDir: () => string;
  /** Script that saves reports 1, 2, … of agent a1 to the folder in its argv, and prints each number once it resolved. */
  writer: string;
}

/** What was promised is there after close, and after the process was killed. */
export function durabilityContract({ storage, reopen, dataDir, writer }: DurabilitySubject): void {
  test("everything is there after close and open", async () => {
    await enrolled(storage(), "a1", { machineId: "m1" });
    const listeners = [{ protocol: "tcp", address: "::", port: 443 } as const];
    await storage().saveReports([syntheticReport("a1", 1, { host: syntheticFacts, listeners, sources: [source()] })]);
    const hosts = [{ name: "db01", addresses: ["10.0.0.5"], site: "seoul" }];
    await storage().saveImport(syntheticImport("i1"), { hosts }, actor);
    await storage().writeZones([{ name: "z", cidr: "10.0.0.0/8", site: "seoul", kind: "servers" }], 0, actor);
    await storage().savePlan({ id: "p1", createdAt: NOON, document: { a: 1 } }, actor);
    const before = await everything(storage());
    expect(await everything(await reopen())).toEqual(before);
    expect(await storage().saveReports([syntheticReport("a1", 1)])).toMatchObject([{ duplicate: true }]);
    expect(await storage().saveReports([syntheticReport("a1", 2)])).toMatchObject([{ applied: true }]);
  });

  test("a backup is a copy of its own, and the store goes on", async () => {
    await enrolled(storage(), "a1");
    const bytes = await storage().databaseBytes();
    expect(bytes).toBeGreaterThan(0);
    const [copy] = await Promise.all([
      storage().makeBackup(NOON, actor),
      ...Array.from({ length: 20 }, (_, index) => storage().saveReports([syntheticReport("a1", index + 1)])),
    ]);
    expect((await stat(copy)).size).toBeGreaterThan(0);
    await rm(copy);
    expect((await storage().listAudit(1))[0]).toMatchObject({ at: NOON, action: "backup.make" });
    expect(await storage().listFlows()).toMatchObject([{ connectionsByDay: [{ connections: 20 }] }]);
  });

  test("a writer that is killed right after it was answered loses nothing of what was answered", async () => {
    await enrolled(storage(), "a1");
    await storage().close();
    const child = spawn(process.execPath, [writer, dataDir()], { stdio: ["ignore", "pipe", "inherit"] });
    let acknowledged = 0;
    for await (const line of createInterface(child.stdout)) {
      acknowledged = Number(line);
      if (acknowledged >= ACKNOWLEDGED) {
        child.kill("SIGKILL");
        break;
      }
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    expect(child.signalCode).toBe("SIGKILL");
    await reopen();
    const [flow] = await storage().listFlows();
    const stored = flow?.connectionsByDay[0]?.connections ?? 0;
    expect(stored).toBeGreaterThanOrEqual(acknowledged);
    const numbers = Array.from({ length: stored + 1 }, (_, index) => index + 1);
    const again = await storage().saveReports(numbers.map((number) => syntheticReport("a1", number)));
    expect(again.map((result) => result.duplicate)).toEqual(numbers.map((number) => number <= stored));
  });
}
