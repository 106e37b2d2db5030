import type { Directory } from "@portolan/protocol";
import { expect, test } from "vitest";
import { syntheticBundle } from "../testing/synthetic-bundle.ts";
import { syntheticDocument, syntheticHost } from "../testing/synthetic-document.ts";
import { type DirectoryEvidence, directoryRows } from "./directory-rows.ts";

const { ruleSet, directory: nothing } = syntheticDocument();
const HOSTS = [syntheticHost("h2", "b", "10.1.1.12"), syntheticHost("h1", "a", "10.1.1.11")];

const rowsOf = (evidence: Partial<DirectoryEvidence>, set = ruleSet) =>
  directoryRows({ ...nothing, ...evidence }, HOSTS, set);

test("a bundle says how it stands among the rules, who is presumed a member, and which dynamic ports were seen", () => {
  const bundles = [syntheticBundle()];
  const [whole, port] = rowsOf({}, { ...ruleSet, bundles, bundleForm: "bundle" });
  expect(whole?.state).toBe("one rule for the whole list");
  expect(whole?.detail).toContain("1 of them never said that they are joined, and use Kerberos and LDAP");
  expect(port?.detail).toContain("ports seen: 49664, 49670");
  expect(rowsOf({}, { ...ruleSet, bundles })[0]?.state).toBe("rules for what was seen");
});

test("a controller of little confidence is a question", () => {
  const plain = { addresses: [], reasons: [], namedBy: [] };
  const controllers = [
    { ...plain, id: "dc1", name: "dc1", confidence: 0.5 },
    { ...plain, id: "ipa", name: "ipa", confidence: 0.4 },
  ];
  const rows = rowsOf({ controllers });
  expect(rows.slice(0, 2).map(({ subject, state }) => [subject, state])).toEqual([
    ["dc1", "domain controller"],
    ["ipa", "domain controller?"],
  ]);
});

test("hosts stand by name, with what Entra knows of them and whether a controller was asked", () => {
  const record: Directory = {
    status: "joined",
    entra: { state: "hybrid" },
    domainControllers: [],
    spns: [],
    serviceAccounts: [],
    evidence: [{ source: "synthetic", value: "joined", privileged: false, verifiedLive: false }],
    checkedAt: "2026-11-20T00:00:00.000Z",
  };
  const told = (more: Partial<Directory>) =>
    rowsOf({ directory: [{ hostId: "h1", firstSeen: 0, lastSeen: 1, record: { ...record, ...more } }] });
  expect(told({}).map(({ subject, state }) => [subject, state])).toEqual([
    ["a", "joined"],
    ["b", "not reported"],
  ]);
  expect(told({})[0]).toMatchObject({
    detail: ["checked 2026-11-20T00:00:00.000Z: no controller was asked", "Entra: hybrid"],
    evidence: ["synthetic: joined"],
  });
  expect(told({ entra: { state: "none" } })[0]?.detail).toHaveLength(1);
});

test("a segment counts the joined hosts that named no site", () => {
  const segment = { cidr: "10.1.1.0/24", site: "s", sites: [{ name: "Hamburg", hosts: 3 }], silent: 2 };
  expect(rowsOf({ segments: [segment] }).at(-1)?.detail).toEqual([
    "3 hosts in Hamburg",
    "2 joined hosts named no site",
  ]);
  expect(rowsOf({ segments: [{ ...segment, silent: 0 }] }).at(-1)?.detail).toEqual(["3 hosts in Hamburg"]);
});
