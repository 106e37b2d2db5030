import type { Flow } from "@portolan/protocol";
import type { Draft } from "./report.ts";

/** For tests: a synthetic draft with as many flows as asked, of one process each. */
export function syntheticDraft(flows: number): Draft {
  const at = "2026-11-20T10:00:00.000Z";
  return {
    protocolVersion: 1,
    window: { from: at, to: at },
    timeZone: "Asia/Seoul",
    sources: [],
    processes: Array.from({ length: flows }, (_, index) => ({ name: `process-${index}` })),
    flows: Array.from({ length: flows }, (_, index): Flow => ({
      direction: "inbound",
      protocol: "tcp",
      localAddress: "10.0.0.1",
      remoteAddress: "10.0.0.2",
      serverPort: 1000 + index,
      process: index,
      connections: 1,
      firstSeen: at,
      lastSeen: at,
      sources: ["proc-net"],
    })),
  };
}
