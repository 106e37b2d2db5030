import { describe, expect, test } from "vitest";
import { parseSecurityEvent } from "./parse-security-event.ts";
import { createSecurityEvents } from "./security-events.ts";
import { type EventCalls, openSecurityLog } from "./security-log.ts";

/** Microsoft's example of the event, its addresses in the documentation's ranges; synthetic. */
const EVENT = `<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-Security-Auditing'/><EventID>5156</EventID><TimeCreated SystemTime='2026-11-21T05:24:22.6220902Z'/></System><EventData><Data Name='ProcessID'>4556</Data><Data Name='Application'>\\device\\harddiskvolume3\\r&amp;d\\listener.exe</Data><Data Name='Direction'>%%14592</Data><Data Name='SourceAddress'>192.0.2.5</Data><Data Name='SourcePort'>3333</Data><Data Name='DestAddress'>192.0.2.9</Data><Data Name='DestPort'>49278</Data><Data Name='Protocol'>17</Data></EventData></Event>`;

/** A double of wevtapi: answers to be given one after the other, how many events or an error's code. */
function eventCalls(answers: ({ events: number } | { code: number })[]) {
  const open = new Set<string>();
  const calls: EventCalls = {
    subscribe() {
      open.add("subscription");
      return { handle: 1, code: 0 };
    },
    next(_subscription, into, got) {
      const answer = answers.shift() ?? { code: 259 };
      if ("code" in answer) return answer.code;
      for (let index = 0; index < answer.events; index++) open.add(`event ${(into[index] = BigInt(index))}`);
      got[0] = answer.events;
      return 0;
    },
    render(_event, into, used) {
      used[0] = into.write(`${EVENT}\0`, "utf16le");
      return true;
    },
    closeEvent: (event) => void open.delete(`event ${event}`),
    unsubscribe: () => void open.delete("subscription"),
  };
  return { calls, open };
}

describe("Security events, synthetic", () => {
  test("are read by names and numbers, none of which depends on a language", () => {
    expect(parseSecurityEvent(EVENT)).toEqual({
      kind: "allowed",
      protocol: "udp",
      direction: "inbound",
      sourceAddress: "192.0.2.5",
      sourcePort: 3333,
      destinationAddress: "192.0.2.9",
      destinationPort: 49_278,
      at: Date.parse("2026-11-21T05:24:22.622Z"),
      pid: 4556,
      application: "\\device\\harddiskvolume3\\r&d\\listener.exe",
    });
    expect(parseSecurityEvent(EVENT.replace("5156", "5157"))).toMatchObject({ kind: "blocked" });
    expect(parseSecurityEvent(EVENT.replace("14592", "14593"))).toMatchObject({ direction: "outbound" });
    expect(parseSecurityEvent(EVENT.replace("5156", "4624"))).toBe("other");
    expect(parseSecurityEvent(EVENT.replace(">17<", ">1<"))).toBe("other");
    expect(parseSecurityEvent(EVENT.replace("ProcessID", "ProcessId"))).toMatchObject({ pid: 4556 });
    for (const damaged of [
      "",
      EVENT.replace("3333", "?"),
      EVENT.replace("3333", ""),
      EVENT.replace("3333", "70000"),
      EVENT.replace("4556", ""),
      EVENT.replace("%%14592", ""),
      EVENT.slice(0, 300),
    ])
      expect(parseSecurityEvent(damaged)).toBeUndefined();
  });

  test("through a double of the log: the source is this host, unless only the other end is", () => {
    const waiting = [EVENT, EVENT.replace("5156", "5157"), "damaged"];
    const log = { next: () => waiting.splice(0), close: () => {} };
    const ends = (own: string): string[] => {
      const { told } = createSecurityEvents(
        () => log,
        (address) => own === "either end" || address === own,
      ).take();
      return told.map(({ event }) => `${event.kind} ${event.localAddress} ${event.localPort} ${event.remoteAddress}`);
    };
    expect(ends("192.0.2.5")).toEqual(["opened 192.0.2.5 3333 192.0.2.9", "failed 192.0.2.5 3333 192.0.2.9"]);
    waiting.push(EVENT);
    expect(ends("either end")).toEqual(["opened 192.0.2.5 3333 192.0.2.9"]);
    waiting.push(EVENT);
    expect(ends("192.0.2.9")).toEqual(["opened 192.0.2.9 49278 192.0.2.5"]);
  });

  test("through a double of wevtapi: a subscription that fails is said and made anew, and no handle stays open", () => {
    const { calls, open } = eventCalls([{ events: 2 }, { code: 1734 }, { code: 1734 }, { events: 1 }, { code: 4317 }]);
    const events = createSecurityEvents(
      () => openSecurityLog(calls),
      () => true,
    );
    expect(events.take().source).toMatchObject({ ok: true, observations: 2 });
    expect([...open]).toEqual(["subscription"]);
    expect(events.take().source).toMatchObject({ ok: false, reason: expect.stringMatching(/EvtNext: .*1734/) });
    expect([...open]).toEqual([]);
    expect(events.take().source).toMatchObject({ ok: true, observations: 1 });
    expect(events.take().source).toMatchObject({ ok: true, observations: 0 });
    events.close();
    expect([...open]).toEqual([]);
  });

  test("a log that refuses is said, and asked again; what makes no sense is lost", () => {
    let isRefused = true;
    const open = () => {
      if (isRefused) throw new Error("the Security log: error 5: lacks membership of Event Log Readers");
      return { next: () => [EVENT, "damaged"], close: () => {} };
    };
    const events = createSecurityEvents(open, () => true);
    expect(events.take()).toMatchObject({
      told: [],
      isBlind: true,
      source: { ok: false, reason: expect.stringMatching(/Event Log Readers/) },
    });
    isRefused = false;
    expect(events.take().source).toMatchObject({
      ok: true,
      observations: 2,
      lost: 1,
      reason: expect.stringMatching(/permitted outbound/),
    });
  });
});
