import { expect, test } from "vitest";
import { sendAs, type CloneSender } from "./clone-senders.ts";
import { startCollector } from "./enrolled-collector.ts";
import { seeded } from "./seeded.ts";

// 50 machines with one identity send in a seeded order that is another each round; then all of them start anew.

const SEED = 20261121;
const CLONES = 50;
const ROUNDS = 6;
const MINUTE = 60_000;

/** The first half are alike in everything that a machine can be told apart by; the others have been given names and cards. */
function clone(index: number, random: () => number): CloneSender {
  const isAlike = index < CLONES / 2;
  return {
    index,
    hostname: isAlike ? "golden" : `web${index}`,
    mac: `02:00:00:00:00:${(isAlike ? 255 : index).toString(16).padStart(2, "0")}`,
    address: isAlike ? "10.0.0.1" : `10.0.1.${index}`,
    epoch: newEpoch(random),
    number: 0,
    owesFacts: true,
  };
}

function newEpoch(random: () => number): string {
  return Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join("");
}

interface HostItem {
  id: string;
  name: string;
  facts?: { memoryBytes: number };
  cloneOf?: { id: string };
}

test(`${CLONES} clones of one machine are told apart, and none overwrites another`, async () => {
  const collector = await startCollector();
  const { url, data, work, get, list } = collector;
  try {
    const identity = await collector.enrol("golden");
    const hosts = async () => {
      const items = await list<HostItem>("hosts?kind=managed");
      return Promise.all(items.map(({ id }) => get<HostItem>(`hosts/${id}`)));
    };

    const random = seeded(SEED);
    const clones = Array.from({ length: CLONES }, (_, index) => clone(index, random));
    const begin = Math.floor(Date.now() / MINUTE) * MINUTE - 30 * MINUTE;
    let sent = 0;
    const round = async (number: number, among: readonly CloneSender[]) => {
      const order = among.map((one) => ({ one, at: random() })).toSorted((a, b) => a.at - b.at);
      for (const { one } of order) {
        sent += 1;
        await sendAs(url, identity, one, { from: begin + number * MINUTE, peer: `10.${100 + number}.0.${one.index}` });
      }
    };
    for (let number = 0; number < ROUNDS; number++) await round(number, clones);

    collector.analysed();
    const told = await hosts();
    expect(told).toHaveLength(CLONES);
    const original = told.find((host) => host.cloneOf === undefined);
    expect(told.filter((host) => host.cloneOf?.id === original?.id)).toHaveLength(CLONES - 1);
    const indexOf = new Map(told.map((host) => [host.id, host.facts?.memoryBytes]));
    expect(new Set(indexOf.values()).size).toBe(CLONES);
    const open = (await list<{ hostId?: string; host: string; port: number; open: boolean }>("listeners"))
      .filter((listener) => listener.open)
      .map((listener) => listener.port);
    expect(open.toSorted((a, b) => a - b)).toEqual(clones.map(({ index }) => 2000 + index));
    expect(await list("agents")).toMatchObject([{ clones: CLONES - 1 }]);
    expect(collector.log().match(/two machines run with one agent's identity/g)).toHaveLength(CLONES - 1);
    expect(await collector.text("metrics")).toContain(`portolan_cloned_hosts ${CLONES - 1}`);
    expect(work.portolan(["hosts", "--data", data]).out).toContain("clone of");
    expect(work.portolan(["agents", "--data", data]).out).toContain(`${CLONES - 1} clone(s)`);
    expect(work.portolan(["coverage", "--data", data]).out).toContain("run with the identity of another");
    const doctor = work.portolan(["doctor", "--data", data]);
    expect([doctor.code, doctor.out]).toEqual([1, expect.stringContaining("clones")]);

    // Each that can be recognised comes back to its own host, whoever starts first.
    for (const one of clones) Object.assign(one, { epoch: newEpoch(random), number: 0, owesFacts: true });
    for (let number = ROUNDS; number < 2 * ROUNDS; number++) await round(number, clones);
    collector.analysed();
    const recognisable = clones.filter(({ index }) => index >= CLONES / 2);
    const hostOf = new Map((await hosts()).map((host) => [host.id, host.facts?.memoryBytes]));
    for (const { index, hostname } of recognisable) {
      const before = [...indexOf].filter(([, of]) => of === index).map(([id]) => id);
      const after = [...hostOf].filter(([, of]) => of === index).map(([id]) => id);
      expect(after, hostname).toEqual(before);
    }
    const flows = await list<{ clientAddress: string; connections: number }>("flows");
    expect(flows).toHaveLength(sent);
    expect(flows.every(({ connections }) => connections === 1)).toBe(true);
    expect(new Set(flows.map(({ clientAddress }) => clientAddress)).size).toBe(sent);
    process.stdout.write(`seed ${SEED}: ${sent} reports of ${CLONES} clones, ${hostOf.size} hosts\n`);
  } finally {
    collector.close();
  }
});
