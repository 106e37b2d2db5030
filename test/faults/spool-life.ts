// One life of an agent's delivery, as a program to be killed: spools synthetic reports and sends what it can.
// Arguments: state directory, collector's url, first key, keys, limit of the spool in bytes.
import { mkdirSync, writeSync } from "node:fs";
import { join } from "node:path";
import { type Draft, createSender, openSpool } from "@portolan/agent";

const FLOWS_PER_REPORT = 3;
const [, , state = "", url = "", first = "0", count = "0", limitBytes = "0"] = process.argv;
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

/** A report of flows that no other has: the key stands in the peer's address. */
function syntheticDraft(key: number): Draft {
  const at = `2026-11-${key % 2 === 0 ? 19 : 20}T12:00:00.000Z`;
  return {
    protocolVersion: 1,
    window: { from: at, to: at },
    timeZone: "UTC",
    sources: [],
    processes: [{ name: `process-${key % 5}` }],
    flows: Array.from({ length: FLOWS_PER_REPORT }, (_, flow) => ({
      direction: "outbound",
      protocol: "tcp",
      localAddress: "10.0.0.1",
      remoteAddress: `fd00::${key.toString(16)}:${flow}`,
      serverPort: 443,
      process: 0,
      connections: 1,
      firstSeen: at,
      lastSeen: at,
      sources: ["synthetic"],
    })),
  };
}

const directory = join(state, "spool");
const quarantineDirectory = join(state, "quarantine");
mkdirSync(directory, { recursive: true });
mkdirSync(quarantineDirectory, { recursive: true });
const spool = await openSpool({
  directory,
  quarantineDirectory,
  limitBytes: Number(limitBytes),
  quarantineLimitBytes: 1e7,
  agentVersion: "0.1.0",
  log: quiet,
});
writeSync(1, "up\n");
const sender = createSender({
  spool,
  identity: () => ({ agentId: "agent-1", secret: "s", url, site: "x" }),
  status: { update: async () => {} },
  log: quiet,
  instruct() {},
});
// Half the reports while others are being sent, as in an agent that runs.
for (let key = Number(first); key < Number(first) + Number(count); key++) {
  const sending = key % 4 === 3 ? sender.flush(5000) : undefined;
  try {
    await spool.add(syntheticDraft(key));
    // What is said here was promised: nothing of it may be lost.
    writeSync(1, `kept ${key}\n`);
  } catch (error) {
    // Full, and it said so.
    if (spool.hasRoom()) throw error;
  }
  await sending;
}
await sender.flush(10_000);
sender.close();
writeSync(1, `left ${spool.size().reports} merged ${spool.size().merged} damaged ${spool.size().damaged}\n`);
