import { expect, test } from "vitest";
import { createFirewallLogParser } from "./parse-firewall-log.ts";

/** Synthetic, by Microsoft's description of the format. */
const HEAD = `#Version: 1.5
#Software: Microsoft Windows Firewall
#Time Format: Local
#Fields: date time action protocol src-ip dst-ip src-port dst-port size tcpflags tcpsyn tcpack tcpwin icmptype icmpcode info path

`;
const row = (text: string): string => `2026-11-21 12:30:05 ${text}\n`;

test("allowed and dropped TCP and UDP, with this host's end by the direction", () => {
  const parser = createFirewallLogParser();
  const { entries, lost, rows } = parser.parse(
    HEAD +
      row("ALLOW UDP 10.1.1.5 10.1.1.9 50001 53 0 - - - - - - - SEND") +
      row("ALLOW TCP 10.1.1.9 10.1.1.5 51000 1433 0 - 0 0 0 - - - RECEIVE") +
      row("DROP TCP fe80::1%7 fe80::2 51000 22 52 S 1 0 64240 - - - RECEIVE"),
  );
  const time = "2026-11-21 12:30:05";
  expect(entries).toEqual([
    {
      kind: "allowed",
      protocol: "udp",
      direction: "outbound",
      localAddress: "10.1.1.5",
      localPort: 50_001,
      remoteAddress: "10.1.1.9",
      remotePort: 53,
      time,
    },
    {
      kind: "allowed",
      protocol: "tcp",
      direction: "inbound",
      localAddress: "10.1.1.5",
      localPort: 1433,
      remoteAddress: "10.1.1.9",
      remotePort: 51_000,
      time,
    },
    {
      kind: "dropped",
      protocol: "tcp",
      direction: "inbound",
      localAddress: "fe80::2",
      localPort: 22,
      remoteAddress: "fe80::1",
      remotePort: 51_000,
      time,
    },
  ]);
  expect([lost, rows]).toEqual([0, 3]);
});

test("columns stand where #Fields says, which may change in the middle; newer logs have the pid", () => {
  const parser = createFirewallLogParser();
  const newer = HEAD.replace(" path\n", " path pid\n").replace("date time action", "action date time");
  const { entries } = parser.parse(
    `${HEAD}${row("ALLOW TCP 10.1.1.5 10.1.1.9 50001 443 0 - 0 0 0 - - - SEND")}${newer}ALLOW 2026-11-21 12:30:06 TCP 10.1.1.5 10.1.1.9 50002 443 0 - 0 0 0 - - - SEND 1234\n`,
  );
  expect(entries.map(({ localPort, pid, time }) => [localPort, pid, time])).toEqual([
    [50_001, undefined, "2026-11-21 12:30:05"],
    [50_002, 1234, "2026-11-21 12:30:06"],
  ]);
});

test("a row that comes in two pieces is one, at each place where it may be cut, with either line end", () => {
  const text = (HEAD + row("ALLOW TCP 10.1.1.5 10.1.1.9 50001 443 0 - 0 0 0 - - - SEND")).replaceAll("\n", "\r\n");
  for (let cut = 0; cut < text.length; cut++) {
    const parser = createFirewallLogParser();
    const [first, second] = [parser.parse(text.slice(0, cut)), parser.parse(text.slice(cut))];
    expect([first.entries.length + second.entries.length, first.lost + second.lost], `cut at ${cut}`).toEqual([1, 0]);
  }
});

test.each([
  ["a truncated row", row("ALLOW TCP 10.1.1.5 10.1.1.9 50001"), 1],
  ["an address that is none", row("ALLOW TCP 10.1.1 10.1.1.9 50001 443 0 - 0 0 0 - - - SEND"), 1],
  ["a port that is none", row("ALLOW TCP 10.1.1.5 10.1.1.9 70001 443 0 - 0 0 0 - - - SEND"), 1],
  ["a time that is none", "2026-11-21 - ALLOW TCP 10.1.1.5 10.1.1.9 50001 443 0 - 0 0 0 - - - SEND\n", 1],
  ["what the firewall itself lost", row("INFO-EVENTS-LOST - - - - - - - - - - - - 17 -"), 17],
  ["a row without end", "x".repeat(5000), 1],
])("%s is counted as lost", (_what, text, count) => {
  expect(createFirewallLogParser().parse(HEAD + text)).toMatchObject({ entries: [], lost: count });
});

test.each([
  ["other protocols", row("ALLOW ICMP 10.1.1.5 10.1.1.9 - - 0 - - - - 8 0 - SEND")],
  ["what is routed", row("ALLOW TCP 10.1.1.5 10.1.1.9 1 2 0 - 0 0 0 - - - FORWARD")],
  ["an empty file", ""],
])("%s: none of a socket's, and not lost", (_what, text) => {
  expect(createFirewallLogParser().parse(HEAD + text)).toMatchObject({ entries: [], lost: 0 });
});

test("without a #Fields line nobody knows what a row says: all are lost", () => {
  const parser = createFirewallLogParser();
  const text = row("ALLOW TCP 10.1.1.5 10.1.1.9 50001 443 0 - 0 0 0 - - - SEND");
  expect(parser.parse(text)).toMatchObject({ entries: [], lost: 1 });
  expect(parser.parse("#Fields: date time action\n2026-11-21 12:30:05 ALLOW\n")).toMatchObject({
    entries: [],
    lost: 1,
  });
});
