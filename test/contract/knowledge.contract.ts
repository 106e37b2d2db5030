import type { Storage } from "@portolan/collector";
import { expect, test } from "vitest";
import { actor, enrolled, NOON, syntheticImport, syntheticReport, syntheticToken } from "./synthetic.ts";

const zones = [
  { name: "web", cidr: "10.1.0.0/16", site: "seoul", kind: "servers" },
  { name: "app", cidr: "10.0.0.0/8", site: "seoul", kind: "clients", description: "the rest" },
] as const;

/** What users write: zones, plans; who did what; and the counter that tells of every change. */
export function knowledgeContract(storage: () => Storage): void {
  test("zones are written whole, in their order, and only over the version that was read", async () => {
    expect(await storage().readZones()).toEqual({ value: [], version: 0 });
    const first = await storage().writeZones(zones, 0, actor);
    expect(first).toEqual({ value: zones, version: expect.any(Number) });
    expect(await storage().readZones()).toEqual(first);
    expect(await storage().writeZones([], 0, actor)).toBeUndefined();
    expect(await storage().readZones()).toEqual(first);
    const second = await storage().writeZones(zones.slice(1), first?.version, actor);
    expect(second?.version).not.toBe(first?.version);
    expect(await storage().writeZones([], undefined, actor)).toMatchObject({ value: [] });
  });

  test("plans are kept as documents; the same id again replaces", async () => {
    const plan = { id: "p1", createdAt: NOON, document: { waves: [{ number: 1, groups: ["g1"] }] } };
    await storage().savePlan(plan, actor);
    await storage().savePlan({ ...plan, id: "p0", createdAt: NOON + 1 }, actor);
    await storage().savePlan({ ...plan, document: { waves: [] } }, actor);
    expect(await storage().readPlan("p1")).toEqual({ ...plan, document: { waves: [] } });
    expect((await storage().listPlans()).map(({ id }) => id)).toEqual(["p1", "p0"]);
    expect(await storage().readPlan("p2")).toBeUndefined();
  });

  test("each change is in the audit log with its actor, the newest first; what changed nothing is not", async () => {
    const token = { kind: "token", id: "t9" } as const;
    await storage().createToken(syntheticToken("t1"), { kind: "system", id: "start" });
    await enrolled(storage(), "a1");
    await storage().saveReports([syntheticReport("a1", 1)]);
    await storage().revokeToken("t1", NOON, token);
    await storage().revokeToken("nobody", NOON, token);
    await storage().saveImport(syntheticImport("i1"), {}, token);
    await storage().saveImport(syntheticImport("i1"), {}, token);
    await storage().writeZones(zones, undefined, token);
    await storage().writeZones(zones, 77, token);
    await storage().savePlan({ id: "p1", createdAt: NOON, document: {} }, token);
    const audit = await storage().listAudit(100);
    expect(audit.map(({ actor: who, action, subject }) => [who, action, subject])).toEqual([
      ["token:t9", "plan.save", "p1"],
      ["token:t9", "zones.write", "version 1"],
      ["token:t9", "import.save", "i1"],
      ["token:t9", "token.revoke", "t1"],
      ["token:token-of-a1", "agent.enrol", "a1"],
      ["token:synthetic-admin", "token.create", "token-of-a1"],
      ["system:start", "token.create", "t1"],
    ]);
    expect(await storage().listAudit(1)).toEqual(audit.slice(0, 1));
    expect(audit.every(({ at }) => at > 0)).toBe(true);
  });

  test("the revision grows with every change of evidence or knowledge, and only then", async () => {
    const seen = [await storage().revision()];
    const note = async () => void seen.push(await storage().revision());
    await enrolled(storage(), "a1");
    await note();
    await storage().saveReports([syntheticReport("a1", 1)]);
    await note();
    await storage().saveImport(syntheticImport("i1"), {}, actor);
    await note();
    await storage().writeZones(zones, undefined, actor);
    await note();
    await storage().savePlan({ id: "p1", createdAt: NOON, document: {} }, actor);
    await note();
    expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
    await storage().saveReports([syntheticReport("a1", 1)]);
    await storage().listHosts();
    expect(await storage().revision()).toBe(seen.at(-1));
  });
}
