import * as fc from "fast-check";
import { expect, test } from "vitest";
import { CHECKS } from "./check-items.ts";

/** Synthetic. */
const AT = "2026-11-20T12:00:00.000Z";
const flow = {
  protocol: "tcp",
  direction: "inbound",
  localAddress: "10.0.0.1",
  remoteAddress: "2001:db8::1",
  serverPort: 443,
  process: 0,
  connections: 1,
  firstSeen: AT,
  lastSeen: AT,
  sources: ["proc-net"],
};
const { serverPort: _serverPort, ...ends } = flow;
const PLAIN = {
  flow: [flow, { ...ends, direction: "unknown", localPort: 40_000, remotePort: 50_000, scope: "ns1", folded: 3 }],
  listener: [{ protocol: "udp", address: "::", port: 53, process: 1, scope: "ns1" }],
  process: [{ name: "java", program: "app.jar", user: "app", container: { id: "c1", image: "x" } }],
  source: [{ name: "ss", ok: false, reason: "gone", observations: 0, lost: 0, gapMs: 0.5, cpuMs: 1, blindTo: ["x"] }],
};

const NASTY_TEXTS = `x 10.0.0.1 010.0.0.1 10.0.0.0/8 10.0.0.0/33 :: ::: ::ffff:10.0.0.1 fe80::1%eth0 2001:db8::/64
  2001:db8::/129 1:2:3:4:5:6:7:8:9 tcp sctp unknown sideways __proto__ 2026-02-29T00:00:00Z 2026-11-20T12:00:00+09:00
  2026-11-20T12:00 9999-12-31T23:59:59.999999Z`.split(/\s+/);
const NASTY_LENGTHS = [0, 64, 65, 128, 129, 200, 255, 256, 1024, 1025].flatMap((length) => [
  "a".repeat(length),
  "😀".repeat(length),
  Array.from({ length }, () => "a"),
]);
const NASTY_NUMBERS = [-1, -0, 0, 1, 1.5, 65_535, 65_536, 2 ** 53 - 1, 2 ** 53, 1e300];
const NASTY_OBJECTS = [null, true, false, {}, { name: "x" }, { id: "" }, { id: "c", runtime: "podman" }, [""], [1]];
const NASTY: readonly unknown[] = [NASTY_TEXTS, NASTY_LENGTHS, NASTY_NUMBERS, NASTY_OBJECTS].flat();

for (const [name, { schema, isPlain }] of Object.entries(CHECKS)) {
  const samples = PLAIN[name as keyof typeof PLAIN] as Record<string, unknown>[];

  test(`a plain ${name} is known without zod`, () => {
    for (const sample of samples) expect(isPlain(sample)).toBe(true);
  });

  const keys = [...new Set(samples.flatMap((sample) => Object.keys(sample))), "colour", "witnesses", "guessed"];

  function agree(item: unknown): void {
    if (isPlain(item)) expect(schema.safeParse(item)).toEqual({ success: true, data: item });
  }

  test(`whatever passes as a plain ${name}, zod returns unchanged`, () => {
    for (const sample of samples) {
      for (const key of keys) {
        for (const value of NASTY) agree({ ...sample, [key]: value });
        const { [key]: _dropped, ...rest } = sample;
        agree(rest);
      }
    }
    const value = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.ipV6(), fc.ipV4Extended(), fc.string({ maxLength: 300 }));
    fc.assert(
      fc.property(fc.constantFrom(...samples), fc.constantFrom(...keys), value, (sample, key, other) => {
        agree({ ...sample, [key]: other });
      }),
      { numRuns: 2000, seed: 20261121 },
    );
  });
}
