import { expect, test } from "vitest";
import { AD_PORTS, adPortOf } from "./ad-ports.ts";

test("the list holds Microsoft's sixteen lines and no more", () => {
  expect(AD_PORTS.map(({ protocol, fromPort, toPort }) => `${protocol}/${fromPort}-${toPort}`)).toHaveLength(16);
  expect(adPortOf("tcp", 65_535)?.purpose).toBe("dynamic RPC");
  expect([adPortOf("tcp", 49_151), adPortOf("udp", 50_000), adPortOf("tcp", 123), adPortOf("tcp", 5722)]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
