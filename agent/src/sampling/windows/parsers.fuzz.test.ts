import * as fc from "fast-check";
import { expect, test } from "vitest";
import { parseCommandLine } from "./parse-command-line.ts";
import { createFirewallLogParser } from "./parse-firewall-log.ts";
import { parseProcessList } from "./parse-process-list.ts";
import { parseSecurityEvent } from "./parse-security-event.ts";
import { parseServiceAccount, parseServices } from "./parse-services.ts";
import { parseSid } from "../../windows/sid.ts";
import { parseTcpTable } from "./parse-tcp-table.ts";
import { parseUdpTable } from "./parse-udp-table.ts";
import { syntheticProcessList, syntheticServices, syntheticTcpTable } from "./synthetic-tables.ts";

const RUNS = { numRuns: 1000, seed: 20_261_121 };
const bytes = fc.uint8Array({ maxLength: 2000 }).map((array) => Buffer.from(array));
const base = fc.bigInt({ min: 0n, max: 2n ** 47n });

test("any bytes are read to the end, and no row is made of more than there is", () => {
  fc.assert(
    fc.property(bytes, base, fc.nat(100), (input, address, count) => {
      for (const family of [4, 6] as const) {
        expect(parseTcpTable(input, family).rows.length).toBeLessThanOrEqual(input.length / 24);
        expect(parseUdpTable(input, family).rows.length).toBeLessThanOrEqual(input.length / 12);
      }
      expect(parseProcessList(input, address).size).toBeLessThanOrEqual(input.length);
      expect(parseServices(input, count, address).size).toBeLessThanOrEqual(count);
      parseServiceAccount(input, address);
      parseSid(input);
    }),
    RUNS,
  );
});

test("a table with one damaged byte is read to the end", () => {
  const own = [10, 1, 1, 5];
  const tables = [
    syntheticTcpTable(
      4,
      Array.from({ length: 20 }, (_, pid) => ({ local: own, localPort: 80, pid })),
    ),
    syntheticProcessList(
      64n,
      Array.from({ length: 10 }, (_, pid) => ({ pid, name: "a.exe", createdAt: 1n })),
    ),
    syntheticServices(
      64n,
      Array.from({ length: 10 }, (_, pid) => ({ pid, name: "Dhcp" })),
    ),
  ];
  fc.assert(
    fc.property(fc.constantFrom(...tables), fc.nat(), fc.nat(255), (table, at, value) => {
      const damaged = Buffer.from(table);
      damaged[at % damaged.length] = value;
      parseTcpTable(damaged, 4);
      parseProcessList(damaged, 64n);
      parseServices(damaged, 10, 64n);
    }),
    RUNS,
  );
});

test("any text, in any pieces, is a log, an event or a command line", () => {
  const header = "#Fields: date time action protocol src-ip dst-ip src-port dst-port path\n";
  const cell = fc.constantFrom(
    "2026-11-21",
    "12:00:00",
    "ALLOW",
    "TCP",
    "10.1.1.5",
    "::1",
    "80",
    "-",
    "SEND",
    "\n",
    '"',
    "\\",
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(cell, { maxLength: 40 }).map((cells) => cells.join(" ")),
  );
  fc.assert(
    fc.property(text, fc.nat(), (input, cut) => {
      const whole = createFirewallLogParser().parse(`${header}${input}\n`);
      const parser = createFirewallLogParser();
      const pieces = [header, input.slice(0, cut % 50), input.slice(cut % 50), "\n"].map((piece) =>
        parser.parse(piece),
      );
      expect(pieces.flatMap(({ entries }) => entries)).toEqual(whole.entries);
      parseSecurityEvent(input);
      parseCommandLine(input);
    }),
    RUNS,
  );
});
