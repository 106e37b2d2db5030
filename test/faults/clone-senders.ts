import { gzipSync } from "node:zlib";
import { openPost, type SyntheticAgent } from "../e2e/synthetic-agent.ts";

/** SYNTHETIC: one of several machines that run with one agent's identity. It does what an agent would: facts when it starts and when asked. */
export interface CloneSender {
  index: number;
  hostname: string;
  mac: string;
  address: string;
  epoch: string;
  number: number;
  owesFacts: boolean;
}

interface Answer {
  applied: boolean;
  duplicate: boolean;
  instructions: { resend?: string[]; newEpoch?: boolean };
}

const MINUTE = 60_000;
const iso = (ms: number) => new Date(ms).toISOString();

/** What this machine reports of the minute that begins at `from`; its flow has a peer that no other report has. */
function reportOf(agentId: string, clone: CloneSender, from: number, peer: string): object {
  const flow = {
    protocol: "tcp",
    direction: "inbound",
    localAddress: clone.address,
    remoteAddress: peer,
    serverPort: 443,
    connections: 1,
    firstSeen: iso(from),
    lastSeen: iso(from + MINUTE),
    sources: ["synthetic"],
  };
  const host = {
    hostname: clone.hostname,
    machineId: "the-one-machine-id",
    os: { family: "linux", name: "Debian", architecture: "x64" },
    cpu: { cores: 1, logicalCores: 1 },
    memoryBytes: clone.index,
    disks: [],
    interfaces: [
      { name: "eth0", mac: clone.mac, hostLocal: false, addresses: [{ address: clone.address, prefix: 16 }] },
    ],
  };
  return {
    protocolVersion: 1,
    agent: { id: agentId, version: "0.1.0" },
    sequence: { epoch: clone.epoch, number: clone.number },
    window: { from: iso(from), to: iso(from + MINUTE) },
    sentAt: iso(from + MINUTE),
    timeZone: "UTC",
    sources: [],
    ...(clone.owesFacts && { host, listeners: [{ protocol: "tcp", address: "0.0.0.0", port: 2000 + clone.index }] }),
    processes: [],
    flows: [flow],
  };
}

/** Sends one report; the answer's instructions are followed. */
export async function sendAs(
  url: string,
  identity: SyntheticAgent,
  clone: CloneSender,
  { from, peer }: { from: number; peer: string },
): Promise<Answer> {
  clone.number += 1;
  const { outgoing, answer } = openPost(url, identity);
  outgoing.end(gzipSync(JSON.stringify(reportOf(identity.id, clone, from, peer))));
  const given = await answer;
  if (given?.status !== 200) throw new Error(`a report was answered ${given?.status}: ${given?.body}`);
  const content = JSON.parse(given.body) as Answer;
  clone.owesFacts = content.instructions.resend !== undefined;
  return content;
}
