import { expect, test } from "vitest";
import type { Observation } from "../sampling/sampler.ts";
import { createControllerSockets } from "./controller-sockets.ts";

/** A synthetic socket of a process. */
const socket = (process: string, remoteAddress: string, remotePort: number): Observation => ({
  protocol: "tcp",
  state: "established",
  localAddress: "10.66.0.11",
  localPort: 50_000,
  remoteAddress,
  remotePort,
  inode: 1,
  process: { name: process },
});

test("takes the controllers from the sockets of the host's directory service alone, and forgets them after an hour", () => {
  const sockets = createControllerSockets();
  sockets.look(
    [
      socket("winbindd", "10.66.0.10", 445),
      socket("winbindd", "10.66.0.10", 49_153),
      socket("winbindd", "10.66.0.20", 8080),
      socket("sssd_be", "127.0.0.1", 389),
      socket("java", "10.66.0.30", 389),
      { ...socket("sssd_be", "10.66.0.40", 389), state: "syn-sent" },
    ],
    0,
  );
  const seen = [
    { process: "winbindd", address: "10.66.0.10", port: 445 },
    { process: "winbindd", address: "10.66.0.10", port: 49_153 },
  ];
  expect(sockets.seen()).toEqual(seen);
  sockets.look([], 3_600_000);
  expect(sockets.seen()).toEqual(seen);
  sockets.look([], 3_600_001);
  expect(sockets.seen()).toEqual([]);
});

test("remembers a bounded number of them, and goes on refreshing these", () => {
  const sockets = createControllerSockets();
  const many = Array.from({ length: 300 }, (_, index) => socket("sssd_be", `10.66.${index >> 8}.${index & 255}`, 389));
  sockets.look(many, 0);
  expect(sockets.seen()).toHaveLength(256);
  sockets.look(many.slice(0, 1), 3_600_000);
  sockets.look([], 3_600_001);
  expect(sockets.seen()).toEqual([{ process: "sssd_be", address: "10.66.0.0", port: 389 }]);
});
