import { expect, test } from "vitest";
import { parseConntrack } from "./parse-conntrack.ts";

/** Lines in the forms of /proc/net/nf_conntrack, `conntrack -L` and `conntrack -E`, with documentation's addresses. */
const PROC = `ipv4     2 tcp      6 431999 ESTABLISHED src=192.0.2.10 dst=198.51.100.5 sport=40000 dport=443 packets=7 bytes=900 src=10.0.0.5 dst=192.0.2.10 sport=8443 dport=40000 packets=5 bytes=4000 [ASSURED] mark=0 zone=0 use=2
ipv6     10 udp      17 29 src=2001:0db8:0000:0000:0000:0000:0000:0001 dst=2001:0db8:0000:0000:0000:0000:0000:0002 sport=5000 dport=53 [UNREPLIED] src=2001:0db8:0000:0000:0000:0000:0000:0002 dst=2001:0db8:0000:0000:0000:0000:0000:0001 sport=53 dport=5000 mark=0 use=2
ipv4     2 icmp     1 29 src=192.0.2.10 dst=192.0.2.1 type=8 code=0 id=1 src=192.0.2.1 dst=192.0.2.10 type=0 code=0 id=1 use=1
`;
const LIST = `tcp      6 117 TIME_WAIT src=192.0.2.10 dst=198.51.100.5 sport=40000 dport=80 src=198.51.100.5 dst=192.0.2.10 sport=80 dport=40000 [ASSURED] mark=0 use=1
`;
const EVENTS = `    [NEW] udp      17 30 src=192.0.2.10 dst=198.51.100.5 sport=5353 dport=53 [UNREPLIED] src=198.51.100.5 dst=192.0.2.10 sport=53 dport=5353
[DESTROY] tcp      6 src=192.0.2.10 dst=198.51.100.5 sport=40000 dport=80 packets=6 bytes=400 src=198.51.100.5 dst=192.0.2.10 sport=80 dport=40000 packets=4 bytes=300 [ASSURED]
`;

test("a table: both tuples, which differ where an address is translated, and bytes where the host counts", () => {
  const { tracked, lost } = parseConntrack(PROC);
  expect(lost).toBe(0);
  expect(tracked).toEqual([
    {
      protocol: "tcp",
      state: "ESTABLISHED",
      original: {
        source: "192.0.2.10",
        sourcePort: 40_000,
        destination: "198.51.100.5",
        destinationPort: 443,
        bytes: 900,
      },
      reply: { source: "10.0.0.5", sourcePort: 8443, destination: "192.0.2.10", destinationPort: 40_000, bytes: 4000 },
      isReplied: true,
    },
    {
      protocol: "udp",
      original: { source: "2001:db8::1", sourcePort: 5000, destination: "2001:db8::2", destinationPort: 53 },
      reply: { source: "2001:db8::2", sourcePort: 53, destination: "2001:db8::1", destinationPort: 5000 },
      isReplied: false,
    },
  ]);
});

test("the command's list and its events", () => {
  expect(parseConntrack(LIST).tracked).toMatchObject([{ protocol: "tcp", state: "TIME_WAIT", isReplied: true }]);
  expect(parseConntrack(EVENTS).tracked).toMatchObject([
    { protocol: "udp", event: "NEW", isReplied: false },
    { protocol: "tcp", event: "DESTROY", original: { bytes: 400 }, reply: { bytes: 300 } },
  ]);
});

test("a line that is no row is counted", () => {
  expect(parseConntrack("conntrack v1.4.7: 3 flow entries\ntcp 6 10 CLOSE src=192.0.2.1\n???\n")).toEqual({
    tracked: [],
    plain: 0,
    lost: 3,
  });
});

test("TCP that is not translated can be skipped, and is counted", () => {
  const { tracked, plain, lost } = parseConntrack(PROC + LIST, { skipsPlainTcp: true });
  expect(tracked.map(({ protocol }) => protocol)).toEqual(["tcp", "udp"]);
  expect([plain, lost]).toEqual([1, 0]);
});
