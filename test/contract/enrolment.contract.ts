import type { Storage } from "@portolan/collector";
import { UnknownAgentError } from "@portolan/collector";
import { expect, test } from "vitest";
import { agentOf } from "./agent-of.ts";
import { actor, enrolled, MINUTE, NOON, syntheticAgent, syntheticReport, syntheticToken } from "./synthetic.ts";

/** Tokens, agents, and which host an agent stands for. */
export function enrolmentContract(storage: () => Storage): void {
  test("tokens are found by hash, as stored, and never give the hash away", async () => {
    const { hash, ...token } = syntheticToken("t1", { kind: "api", role: "editor", expiresAt: NOON - 1 });
    await storage().createToken({ ...token, hash }, actor);
    expect(await storage().findToken(hash)).toEqual(token);
    expect(await storage().listTokens()).toEqual([token]);
    expect(await storage().findToken("another")).toBeUndefined();
    expect(await storage().revokeToken("t1", NOON, actor)).toBe(true);
    expect(await storage().revokeToken("t1", NOON + 5, actor)).toBe(true);
    expect(await storage().findToken(hash)).toEqual({ ...token, revokedAt: NOON });
    expect(await storage().revokeToken("t2", NOON, actor)).toBe(false);
  });

  test("an enrolment uses up one use, and makes agent, secret and host", async () => {
    await storage().createToken(syntheticToken("t1", { usesLeft: 1 }), actor);
    const agent = await storage().enrol("t1", syntheticAgent("a1", { hostname: "app01" }), 0);
    expect(agent).toEqual({ id: "a1", hostId: expect.any(String), site: "seoul", version: "0.1.0", enrolledAt: NOON });
    expect(await agentOf(storage(), "a1")).toEqual(agent);
    expect(await storage().listAgents()).toEqual([agent]);
    expect(await storage().timeZoneOfAgent("a1")).toBe("Asia/Seoul");
    expect(await storage().findToken("hash-of-secret-of-a1")).toMatchObject({ kind: "agent", agentId: "a1" });
    expect(await storage().listHosts()).toEqual([
      { id: agent?.hostId, name: "app01", site: "seoul", kind: "managed", addresses: [], agentId: "a1" },
    ]);
    expect(await storage().enrol("t1", syntheticAgent("a2"), 0)).toBeUndefined();
    expect(await agentOf(storage(), "a2")).toBeUndefined();
    expect(await storage().timeZoneOfAgent("a2")).toBeUndefined();
    expect(await storage().listHosts()).toHaveLength(1);
  });

  test.each([
    ["expired", { expiresAt: NOON }],
    ["revoked", { revokedAt: NOON - MINUTE }],
    ["of another kind", { kind: "api" as const }],
    ["used up", { usesLeft: 0 }],
  ])("a token that is %s enrols nobody", async (_name, more) => {
    await storage().createToken(syntheticToken("t1", more), actor);
    expect(await storage().enrol("t1", syntheticAgent("a1"), 0)).toBeUndefined();
    expect(await storage().enrol("no token", syntheticAgent("a1"), 0)).toBeUndefined();
    expect(await storage().listAgents()).toEqual([]);
  });

  test("the token's site wins over what the agent says", async () => {
    await storage().createToken(syntheticToken("t1", { site: "busan" }), actor);
    expect(await storage().enrol("t1", syntheticAgent("a1", { site: "seoul" }), 0)).toMatchObject({ site: "busan" });
  });

  test("the first valid time zone of a site stays", async () => {
    expect(await storage().siteTimeZone("seoul")).toBe("UTC");
    await enrolled(storage(), "a1", { timeZone: "Korea Standard Time" });
    expect(await storage().siteTimeZone("seoul")).toBe("UTC");
    expect(await storage().findSiteTimeZone("seoul")).toBeUndefined();
    await enrolled(storage(), "a2", { timeZone: "Asia/Seoul" });
    await enrolled(storage(), "a3", { timeZone: "Europe/Berlin" });
    expect(await storage().siteTimeZone("seoul")).toBe("Asia/Seoul");
    expect(await storage().findSiteTimeZone("seoul")).toBe("Asia/Seoul");
  });

  test("the same machine at the same site takes its host over from an agent that went silent", async () => {
    const hostId = await enrolled(storage(), "a1", { machineId: "m1", hostname: "app01" });
    await storage().saveReports([syntheticReport("a1", 1)]);
    await storage().createToken(syntheticToken("t2"), actor);
    const at = NOON + 60 * MINUTE;
    const second = await storage().enrol("t2", syntheticAgent("a2", { machineId: "m1", at }), at - 5 * MINUTE);
    expect(second?.hostId).toBe(hostId);
    expect(await agentOf(storage(), "a1")).toMatchObject({ retiredAt: at });
    expect(await storage().timeZoneOfAgent("a1")).toBeUndefined();
    expect(await storage().findToken("hash-of-secret-of-a1")).toMatchObject({ revokedAt: at });
    expect(await storage().listHosts()).toMatchObject([{ id: hostId, agentId: "a2" }]);
    const [late, next] = await storage().saveReports([
      syntheticReport("a1", 2),
      syntheticReport("a2", 1, { contentHash: "of another agent" }),
    ]);
    expect(late?.error).toBeInstanceOf(UnknownAgentError);
    expect(next?.applied).toBe(true);
    expect(await storage().listFlows({ hostId })).toMatchObject([{ connectionsByDay: [{ connections: 2 }] }]);
  });

  test("an agent that still reports, another site or another machine is another host", async () => {
    const hostId = await enrolled(storage(), "a1", { machineId: "m1" });
    await storage().saveReports([syntheticReport("a1", 1)]);
    await storage().createToken(syntheticToken("t2"), actor);
    const { receivedAt } = syntheticReport("a1", 1);
    const beside = await storage().enrol("t2", syntheticAgent("beside", { machineId: "m1" }), receivedAt);
    expect(await agentOf(storage(), "a1")).not.toHaveProperty("retiredAt");
    const hosts = [
      hostId,
      beside?.hostId,
      await enrolled(storage(), "elsewhere", { machineId: "m1", site: "busan" }),
      await enrolled(storage(), "another", { machineId: "m2" }),
      await enrolled(storage(), "nameless"),
    ];
    expect(new Set(hosts).size).toBe(5);
  });

  test("names that two sites share are told apart by site", async () => {
    await enrolled(storage(), "a1", { hostname: "app01" });
    await enrolled(storage(), "a2", { hostname: "APP01", site: "busan" });
    await enrolled(storage(), "a3", { hostname: "db01" });
    const hosts = await storage().listHosts();
    expect(hosts.map((host) => host.name)).toEqual(["app01@seoul", "APP01@busan", "db01"]);
  });
}
