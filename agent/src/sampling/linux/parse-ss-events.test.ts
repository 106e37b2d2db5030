import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseSsEvents } from "./parse-ss-events.ts";

/** Recorded with iproute2 6.1 on Linux 6.18, in two network namespaces; see the comment of each port. */
const recorded = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url), "utf8");
const CLIENT = "10.77.0.2";
const SERVER = "10.77.0.1";

test("the client's end: FIN closes whole, its own reset without the server's port, a connected UDP socket", () => {
  const { ended, lost } = parseSsEvents(recorded("ss-events-client.txt"));
  expect(lost).toBe(0);
  const tcp = { protocol: "tcp", remoteAddress: SERVER };
  expect(ended).toEqual([
    // Client closed first, server closed first.
    {
      ...tcp,
      localAddress: CLIENT,
      localPort: 52_136,
      remotePort: 10_000,
      bytesSent: 3,
      bytesReceived: 2,
      wasOpen: true,
    },
    {
      ...tcp,
      localAddress: CLIENT,
      localPort: 56_056,
      remotePort: 10_001,
      bytesSent: 3,
      bytesReceived: 2,
      wasOpen: true,
    },
    // Client reset: the kernel wiped its address, the server's port and the bytes.
    { ...tcp, localPort: 53_374, wasOpen: true },
    // Server reset.
    {
      ...tcp,
      localAddress: CLIENT,
      localPort: 58_026,
      remotePort: 10_003,
      bytesSent: 3,
      bytesReceived: 2,
      wasOpen: true,
    },
    {
      protocol: "udp",
      localAddress: CLIENT,
      localPort: 58_310,
      remoteAddress: SERVER,
      remotePort: 20_001,
      wasOpen: true,
    },
  ]);
});

test("the server's end: IPv4-mapped addresses as IPv4, its own reset without address and client port", () => {
  const { ended, lost } = parseSsEvents(recorded("ss-events-server.txt"));
  expect(lost).toBe(0);
  const tcp = { protocol: "tcp", localAddress: SERVER, remoteAddress: CLIENT };
  expect(ended).toEqual([
    // The peer's FIN counts as a byte received, where nothing tells that there was one.
    { ...tcp, localPort: 10_000, remotePort: 52_136, bytesSent: 2, bytesReceived: 4, wasOpen: true },
    { ...tcp, localPort: 10_001, remotePort: 56_056, bytesSent: 2, bytesReceived: 4, wasOpen: true },
    { ...tcp, localPort: 10_002, remotePort: 53_374, bytesSent: 2, bytesReceived: 3, wasOpen: true },
    { protocol: "tcp", localPort: 10_003, remoteAddress: CLIENT, wasOpen: true },
  ]);
});

test("details on a line of their own belong to the row before", () => {
  const rows = recorded("ss-events-client.txt").replace(/ wscale:/g, "\n\t wscale:");
  expect(parseSsEvents(rows)).toEqual(parseSsEvents(recorded("ss-events-client.txt")));
});

test("addresses in every form that ss has", () => {
  const { ended } = parseSsEvents(`
tcp UNCONN 0 0 [fe80::1]%eth0:5000 [fe80::2]%eth0:443 bytes_acked:2
tcp UNCONN 0 0 [FE80::1%eth0]:5000 [2001:DB8::2]:443
tcp UNCONN 0 0 127.0.0.53%lo:53 127.0.0.1:40000
tcp UNCONN 0 0 2001:db8::1:5000 fe80::2%eth0:443
tcp UNCONN 0 0 127.0.0.1:8080 0.0.0.0:*
tcp UNCONN 0 0 *:8080 *:*
`);
  expect(ended.map((row) => [row.localAddress, row.remoteAddress, row.bytesSent])).toEqual([
    ["fe80::1", "fe80::2", 0],
    ["fe80::1", "2001:db8::2", undefined],
    ["127.0.0.53", "127.0.0.1", undefined],
    ["2001:db8::1", "fe80::2", undefined],
  ]);
});

test("details on a line of their own belong to the row before, also where its columns are filled up with blanks", () => {
  const { ended, lost } = parseSsEvents(
    "tcp   UNCONN 0      0      10.0.0.1:5432      10.0.0.2:40000              \n\t cubic bytes_sent:3 bytes_acked:5\n",
  );
  expect(lost).toBe(0);
  expect(ended).toMatchObject([{ localPort: 5432, remotePort: 40_000, bytesSent: 3, wasOpen: true }]);
});

test("an attempt that nobody answered was never open", () => {
  const { ended } = parseSsEvents(
    "tcp UNCONN 0 0 127.0.0.1:57104 127.0.0.1:1 rto:1000 mss:524 cwnd:10 segs_out:1 segs_in:1 lastsnd:4 lastrcv:4\n",
  );
  expect(ended).toEqual([
    {
      protocol: "tcp",
      localAddress: "127.0.0.1",
      localPort: 57_104,
      remoteAddress: "127.0.0.1",
      remotePort: 1,
      wasOpen: false,
    },
  ]);
});

test("a client that resets what was opened: the server's SYN counts as no byte, and yet it was open", () => {
  const { ended } = parseSsEvents(`
tcp UNCONN 0 0 10.77.1.1:17830 10.77.1.2:46028 wscale:10,10 rto:204 rtt:0.027/0.013 mss:1448 cwnd:10 segs_in:3 lastsnd:52 delivered:1
tcp UNCONN 0 0 10.77.1.1:17830 10.77.1.2:46050 wscale:10,10 rto:204 rtt:0.029/0.014 mss:1448 cwnd:10 bytes_received:500 segs_out:1 segs_in:4
tcp UNCONN 0 1 10.77.1.1:40714 10.77.1.2:17998 rto:1000 mss:524 cwnd:10 segs_out:1 segs_in:1 lastsnd:28711340 app_limited rcv_ssthresh:64240
`);
  expect(ended.map((row) => [row.wasOpen, row.bytesSent, row.bytesReceived])).toEqual([
    [true, undefined, undefined],
    [true, 0, 500],
    [false, undefined, undefined],
  ]);
});

test("an ss that tells what was acknowledged, and not what was sent: not known, where it can't be nothing", () => {
  const { ended } = parseSsEvents(`
tcp UNCONN 0 0 10.0.0.1:5432 10.0.0.2:40000 bytes_acked:4001 bytes_received:7
tcp UNCONN 0 0 10.0.0.1:5432 10.0.0.2:40001 bytes_acked:2 bytes_received:7
`);
  expect(ended.map((row) => row.bytesSent)).toEqual([undefined, 0]);
});

test("what is no row is counted", () => {
  expect(
    parseSsEvents("Netid State\nraw UNCONN 0 0 *:1 *:*\ntcp UNCONN 0 0 10.0.0.1:99999 10.0.0.2:1\ntcp UNC"),
  ).toEqual({
    ended: [],
    lost: 4,
  });
});
