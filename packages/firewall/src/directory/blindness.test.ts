import { describe, expect, test } from "vitest";
import { derive, directory, uses } from "../testing/synthetic-domain.ts";

/** What the bundle of two members and two controllers says of who is blind to what. */
function blindnessOfBundle(blind: Record<string, string[]>) {
  const blindTo = new Map(Object.entries(blind).map(([id, words]) => [id, new Set(words)]));
  const [bundle] = derive([uses("m1", "dc1", 88), uses("m2", "dc2", 88)], {
    activeDirectory: { ...directory, blindTo },
  }).bundles;
  const pairs = bundle?.ports.map(({ protocol, blindPairs }) => `${protocol} ${blindPairs}`);
  return { blind: bundle?.blind, pairs: [...new Set(pairs)].toSorted() };
}

describe("the bundle of Active Directory", () => {
  test("says which ports may have been missed, as neither end could see them", () => {
    const all = { m1: [], m2: [], dc1: [], dc2: [] };
    expect(blindnessOfBundle(all)).toEqual({ blind: [], pairs: ["tcp 0", "udp 0"] });
    // One end that sees is enough.
    expect(blindnessOfBundle({ ...all, m1: ["udp-peers"], m2: ["udp-peers"] }).blind).toEqual([]);
    expect(blindnessOfBundle({ ...all, m1: ["udp-peers"], dc2: ["udp-peers", "peer-closed"] })).toEqual({
      blind: [
        {
          protocol: "udp",
          pairs: 1,
          of: 4,
          members: ["m1"],
          controllers: ["dc2"],
          text: "UDP may have been missed between 1 of 4 pairs of member and controller: no agent at either end sees peers of unconnected UDP sockets",
        },
      ],
      pairs: ["tcp 0", "udp 1"],
    });
    // Who is not watched sees nothing; of TCP two that are partly blind see all together.
    expect(blindnessOfBundle({ m1: ["udp-peers", "peer-closed"], m2: [], dc1: ["peer-closed"] })).toMatchObject({
      blind: [
        { protocol: "tcp", pairs: 1, of: 4, members: ["m1"], controllers: ["dc1", "dc2"] },
        { protocol: "udp", pairs: 1, of: 4, members: ["m1"], controllers: ["dc2"] },
      ],
      pairs: ["tcp 1", "udp 1"],
    });
    expect(blindnessOfBundle({}).blind).toMatchObject([
      { protocol: "tcp", pairs: 4, of: 4, text: expect.stringContaining("between every member and controller") },
      { protocol: "udp", pairs: 4, of: 4 },
    ]);
  });
});
