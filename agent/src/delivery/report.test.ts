import { PROTOCOL_VERSION as protocolVersion, REPORT_LIMITS as limits } from "@portolan/protocol";
import { describe, expect, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { AGENT_VERSION } from "../version.ts";
import { assembleDrafts, splitDraft } from "./report.ts";
import { syntheticDraft } from "./sample-draft.ts";
import { PROTOCOL_VERSION, REPORT_LIMITS } from "./wire.ts";

test("the numbers repeated from packages/protocol and package.json are theirs", () => {
  expect({ PROTOCOL_VERSION, REPORT_LIMITS }).toEqual({ PROTOCOL_VERSION: protocolVersion, REPORT_LIMITS: limits });
  expect(AGENT_VERSION).toBe(packageJson.version);
});

/** Port and name of the process of each flow: what indexes must not mix up. */
function namesByPort({ flows, processes }: ReturnType<typeof syntheticDraft>): string[] {
  return flows.map(
    (flow) => `${flow.direction === "unknown" ? 0 : flow.serverPort} ${processes[flow.process ?? -1]?.name}`,
  );
}

describe("assembleDrafts", () => {
  const { flows, processes } = syntheticDraft(5);
  const parts = { from: 0, to: 1, timeZone: "UTC", sources: [], flows, processes };

  test("splits what is over the limit, and gives each report its own processes", () => {
    const drafts = assembleDrafts(parts, { flows: 2, listeners: 9 });
    expect(drafts.map((draft) => draft.flows.length)).toEqual([2, 2, 1]);
    expect(drafts.map((draft) => draft.processes.length)).toEqual([2, 2, 1]);
    expect(drafts.flatMap(namesByPort)).toEqual(namesByPort(syntheticDraft(5)));
  });

  test("sends listeners with the first report only, and owns up to those it cut", () => {
    const listeners = [1, 2, 3].map((port) => ({ protocol: "tcp" as const, address: "::", port, process: 4 }));
    const [first, second] = assembleDrafts({ ...parts, listeners }, { flows: 3, listeners: 2 });
    expect(first?.listeners?.map((listener) => first.processes[listener.process ?? -1]?.name)).toEqual([
      "process-4",
      "process-4",
    ]);
    expect(first?.sources).toMatchObject([{ name: "listeners", ok: false, lost: 1 }]);
    expect(second).not.toHaveProperty("listeners");
  });

  test("makes a report of an empty window: it says that the agent lives", () => {
    expect(assembleDrafts({ ...parts, flows: [] })).toHaveLength(1);
  });
});

describe("splitDraft", () => {
  test("halves flows and keeps facts in the first half", () => {
    const load = [{ from: "2026-11-20T10:00:00.000Z", to: "2026-11-20T10:00:15.000Z", volumes: [] }];
    const draft = { ...syntheticDraft(3), listeners: [], load };
    const [first, second] = splitDraft(draft) ?? [];
    expect([first?.flows.length, second?.flows.length]).toEqual([2, 1]);
    expect(first).toHaveProperty("listeners");
    expect(second).not.toHaveProperty("listeners");
    expect([first?.load, second?.load]).toEqual([load, undefined]);
    expect([...(first ? namesByPort(first) : []), ...(second ? namesByPort(second) : [])]).toEqual(namesByPort(draft));
  });

  test("cannot split a single flow", () => {
    expect(splitDraft(syntheticDraft(1))).toBeUndefined();
  });
});
