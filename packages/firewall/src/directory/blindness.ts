import type { HostId } from "@portolan/graph";
import type { BLINDNESS, Protocol } from "@portolan/protocol";
import type { BundleBlindness } from "../types.ts";

/** Who is blind to it misses a protocol's traffic. */
const WORDS: Record<Protocol, keyof typeof BLINDNESS> = { tcp: "peer-closed", udp: "udp-peers" };
const MISSED: Record<Protocol, string> = {
  tcp: "short TCP connections that the other end closes",
  udp: "peers of unconnected UDP sockets",
};

/** `partly`: watched, and blind to what the word says. */
type Sight = "fully" | "partly" | "not";

export interface End {
  id: HostId;
  name: string;
}

/**
 * Between which members and controllers traffic may have been missed, a protocol each; nothing where it can't have been.
 * One end that sees is enough. Of TCP, two watched ends see together what each misses, as one of them closes first.
 * O(members + controllers).
 *
 * @param blindTo what each watched host can't see; who is not in it, nobody watches
 */
export function blindnessOf(
  members: readonly End[],
  controllers: readonly End[],
  blindTo: ReadonlyMap<HostId, ReadonlySet<string>>,
): BundleBlindness[] {
  const of = members.length * controllers.length;
  return (["tcp", "udp"] as const).flatMap((protocol): BundleBlindness[] => {
    const sightOf = ({ id }: End): Sight => {
      const words = blindTo.get(id);
      if (words === undefined) return "not";
      return words.has(WORDS[protocol]) ? "partly" : "fully";
    };
    const blind = (ends: readonly End[]) => ends.filter((end) => sightOf(end) !== "fully");
    const [blindMembers, blindControllers] = [blind(members), blind(controllers)];
    const partly = (ends: readonly End[]) => ends.filter((end) => sightOf(end) === "partly");
    const together = protocol === "tcp" ? partly(blindMembers).length * partly(blindControllers).length : 0;
    const pairs = blindMembers.length * blindControllers.length - together;
    if (pairs === 0) return [];
    const where =
      pairs === of ? "between every member and controller" : `between ${pairs} of ${of} pairs of member and controller`;
    return [
      {
        protocol,
        pairs,
        of,
        members: blindMembers.map(({ name }) => name),
        controllers: blindControllers.map(({ name }) => name),
        text: `${protocol.toUpperCase()} may have been missed ${where}: no agent at either end sees ${MISSED[protocol]}`,
      },
    ];
  });
}
