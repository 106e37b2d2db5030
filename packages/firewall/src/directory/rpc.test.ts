import type { ListenerEvidence } from "@portolan/graph";
import { expect, test } from "vitest";
import { syntheticDependency } from "../testing/synthetic-estate.ts";
import { directoryTraffic } from "./bundle-cells.ts";
import { rpcOf } from "./rpc-advice.ts";
import type { BundlePort } from "../types.ts";

const listens = (port: number, process: string, more: Partial<ListenerEvidence> = {}): ListenerEvidence => ({
  hostId: "dc1",
  protocol: "tcp",
  address: "0.0.0.0",
  port,
  process,
  ...more,
});

/** SYNTHETIC: a client's flow to the controller. */
const calls = (port: number, client = "m1", more = {}) =>
  syntheticDependency("10.0.1.1", "10.0.2.1", port, { clientHost: client, serverHost: "dc1", ...more });

const trafficOf = (listeners: ListenerEvidence[], ...seen: ReturnType<typeof calls>[]) =>
  directoryTraffic(
    { controllers: [], uses: [], memberships: new Map(), listeners, blindTo: new Map(), retired: new Set() },
    seen,
  );

test("an RPC service's port is RPC only where the endpoint mapper was asked by the same client, or is listened for", () => {
  const service = listens(49_664, "lsass.exe");
  expect(trafficOf([service]).isRpc(calls(49_664))).toBe(false);
  expect(trafficOf([service, listens(135, "svchost.exe")]).isRpc(calls(49_664))).toBe(true);
  expect(trafficOf([service], calls(135)).isRpc(calls(49_664))).toBe(true);
  expect(trafficOf([service], calls(135, "m2")).isRpc(calls(49_664))).toBe(false);
  expect(trafficOf([service], calls(135, "m1", { protocol: "udp" })).isRpc(calls(49_664))).toBe(false);
});

test("the process that the flow names counts where nobody watches the listener; a UDP listener is none of RPC's", () => {
  const mapper = listens(135, "svchost.exe");
  expect(trafficOf([mapper]).isRpc(calls(49_700, "m1", { serverProcesses: ["spoolsv.exe"] }))).toBe(true);
  expect(trafficOf([mapper]).isRpc(calls(49_700, "m1", { serverProcesses: ["java.exe"] }))).toBe(false);
  expect(trafficOf([listens(50_000, "dns.exe", { protocol: "udp" })]).listenersOf("dc1")).toEqual([]);
  expect(trafficOf([listens(49_700, "lsass.exe"), mapper]).listenersOf("dc1")).toEqual([
    { controller: "dc1", port: 49_700, process: "lsass.exe" },
  ]);
});

test("what listens on loopback alone is none of RPC's: no member can call it", () => {
  const local = { address: "127.0.0.1" };
  expect(trafficOf([listens(49_700, "lsass.exe", local)]).listenersOf("dc1")).toEqual([]);
  expect(trafficOf([listens(49_700, "lsass.exe", { address: "::1" })]).listenersOf("dc1")).toEqual([]);
  const service = listens(49_664, "lsass.exe");
  expect(trafficOf([service, listens(135, "svchost.exe", local)]).isRpc(calls(49_664))).toBe(false);
  expect(trafficOf([service, listens(135, "svchost.exe")]).isRpc(calls(49_664))).toBe(true);
});

const seenPort = (fromPort: number): BundlePort => ({
  protocol: "tcp",
  fromPort,
  toPort: fromPort,
  purpose: "synthetic",
  mark: "observed",
  pairs: 1,
  blindPairs: 0,
  connections: 1,
});

const rpc = (ports: number[], listeners: ListenerEvidence[] = []) =>
  rpcOf(
    { controllers: ["dc1"], ports: ports.map(seenPort), pairs: 3, overPermission: 1000, overPermissionOfRange: 900 },
    trafficOf(listeners),
  );

test("mapper and range are one matter only where an RPC service was seen too; who serves says what to set", () => {
  expect(rpc([135]).joined).toBe(false);
  expect(rpc([49_152]).joined).toBe(false);
  expect(rpc([135, 49_152]).joined).toBe(true);
  expect(rpc([135], [listens(49_664, "lsass.exe")]).joined).toBe(true);
  expect(rpc([135]).overPermission).toEqual({ now: 1000, pinned: 100 + 3 * 2 });
  expect(rpc([135]).advice).toContain("DCTcpipPort");
  const both = [listens(49_664, "lsass.exe"), listens(49_665, "samba")];
  expect(rpc([135], both).advice).toContain("DCTcpipPort");
  expect(rpc([135], both.slice(1)).advice).toContain("rpc server dynamic port range");
});
