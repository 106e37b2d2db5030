import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { AgentError } from "../errors.ts";
import { type Sealer, readIdentity, readKnownAgent, writeIdentity } from "./identity.ts";
import { makeStateDir, type StateDir } from "./state-dir.ts";

const IDENTITY = { agentId: "agent-1", secret: "topsecret", url: "https://collector.example", site: "seoul" };

/** A double of a machine's sealing: it opens only what it sealed. */
function sealerDouble(machine: string): Sealer {
  return {
    seal: (text) => Buffer.from(`${machine} ${text}`).toString("base64"),
    unseal(sealed) {
      const text = Buffer.from(sealed, "base64").toString();
      if (!text.startsWith(`${machine} `)) throw new TypeError("sealed elsewhere");
      return text.slice(machine.length + 1);
    },
  };
}

let root: string;
let state: StateDir;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "portolan-identity-"));
  state = makeStateDir(root);
});
afterEach(() => rmSync(root, { recursive: true }));

test("a sealed secret is nowhere clear, and only its own machine opens it", async () => {
  await writeIdentity(state, IDENTITY, sealerDouble("here"));
  expect(readFileSync(state.identity, "utf8")).not.toContain("topsecret");
  expect(readIdentity(state, sealerDouble("here"))).toEqual(IDENTITY);
  expect(() => readIdentity(state, sealerDouble("elsewhere"))).toThrow(AgentError);
  expect(() => readIdentity(state)).toThrow(AgentError);
  expect(readKnownAgent(state)).toMatchObject({ agentId: "agent-1", site: "seoul" });
});

test("without a sealer it is kept as it is, and read with or without one", async () => {
  await writeIdentity(state, IDENTITY);
  expect(readIdentity(state)).toEqual(IDENTITY);
  expect(readIdentity(state, sealerDouble("here"))).toEqual(IDENTITY);
});

test("none is none, half of one is an error", () => {
  expect(readIdentity(state)).toBeUndefined();
  writeFileSync(state.identity, JSON.stringify({ agentId: "agent-1" }));
  expect(() => readIdentity(state)).toThrow(AgentError);
});
