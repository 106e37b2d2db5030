import { Agent } from "node:http";
import { gunzipSync } from "node:zlib";
import { openStorage } from "@portolan/collector";
import Sqlite from "better-sqlite3";
import {
  enrolSynthetic,
  postReport,
  reportBody,
  type PostAnswer,
  type SyntheticAgent,
} from "../e2e/synthetic-agent.ts";

/**
 * SYNTHETIC senders that do as agents do: one report at a time, kept until it is answered with 200, and sent again with
 * the same epoch, number and content after any other end.
 */
export interface Storm {
  /**
   * Sends until the collector is gone, refuses, or each sender got `most` answers. Resolves with the answers that were
   * not 200; a connection that ended without one is no answer.
   */
  send(url: string, most?: number): Promise<PostAnswer[]>;
  /** Reports that were answered, and those among them that the collector had before, unknown to the sender. */
  tally(): { answered: number; duplicates: number };
  /** What a closed data folder holds and what was sent: a line for each flow of which they tell differently. */
  differences(dataDir: string): Promise<string[]>;
}

interface Sender {
  agent: SyntheticAgent;
  next: number;
}

interface Sent {
  flows: { direction: string; remoteAddress: string; serverPort: number; connections: number }[];
}

/** @param token of kind enrolment */
export async function openStorm(url: string, token: string, senders: number, flows: number): Promise<Storm> {
  const all: Sender[] = await Promise.all(
    Array.from({ length: senders }, async (_, index) => ({
      agent: await enrolSynthetic(url, token, `synthetic-${index}`),
      next: 1,
    })),
  );
  let answered = 0;
  let duplicates = 0;

  async function sendFrom(sender: Sender, to: string, most: number, agent: Agent): Promise<PostAnswer[]> {
    for (let sent = 0; sent < most; sent++) {
      const answer = await postReport(to, sender.agent, reportBody(sender.agent.id, sender.next, flows), agent);
      if (answer?.status !== 200) return answer ? [answer] : [];
      sender.next += 1;
      answered += 1;
      if ((JSON.parse(answer.body) as { duplicate: boolean }).duplicate) duplicates += 1;
    }
    return [];
  }

  async function send(to: string, most = Infinity): Promise<PostAnswer[]> {
    const agent = new Agent({ keepAlive: true });
    const refusals = await Promise.all(all.map((sender) => sendFrom(sender, to, most, agent)));
    agent.destroy();
    return refusals.flat();
  }

  /** Connections by flow of what was answered. */
  function truth({ agent, next }: Sender): Map<string, number> {
    const counts = new Map<string, number>();
    for (let number = 1; number < next; number++) {
      const text = gunzipSync(reportBody(agent.id, number, flows)).toString();
      for (const { direction, remoteAddress, serverPort, connections } of (JSON.parse(text) as Sent).flows) {
        const key = `${agent.id} ${direction} ${remoteAddress} ${serverPort}`;
        counts.set(key, (counts.get(key) ?? 0) + connections);
      }
    }
    return counts;
  }

  async function differences(dataDir: string): Promise<string[]> {
    const storage = await openStorage({ dataDir });
    try {
      const agents = new Map((await storage.listAgents()).map(({ hostId, id }) => [hostId, id]));
      const found = new Map<string, number>();
      for (const flow of await storage.listFlows()) {
        const isInbound = flow.seenFrom === "server";
        const [own, peer] = isInbound ? [flow.server, flow.client] : [flow.client, flow.server];
        const key = `${agents.get(own.hostId ?? "")} ${isInbound ? "inbound" : "outbound"} ${peer.address} ${flow.serverPort}`;
        const sum = flow.connectionsByDay.reduce((total, { connections }) => total + connections, 0);
        found.set(key, (found.get(key) ?? 0) + sum);
      }
      const wanted = new Map(all.flatMap((sender) => [...truth(sender)]));
      return [...new Set([...wanted.keys(), ...found.keys()])]
        .filter((key) => wanted.get(key) !== found.get(key))
        .map((key) => `${key}: ${wanted.get(key) ?? 0} sent, ${found.get(key) ?? 0} kept`);
    } finally {
      await storage.close();
    }
  }

  return { send, tally: () => ({ answered, duplicates }), differences };
}

/** What SQLite itself finds wrong with a database. */
export function integrityOf(path: string): string[] {
  const db = new Sqlite(path, { fileMustExist: true });
  try {
    const lines = db.prepare<[], string>("PRAGMA integrity_check").pluck().all();
    return [
      ...lines.filter((line) => line !== "ok"),
      ...db.prepare<[], string>("PRAGMA foreign_key_check").pluck().all(),
    ];
  } finally {
    db.close();
  }
}
