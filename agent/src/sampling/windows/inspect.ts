import type { SamplerOptions, Tier } from "../sampler.ts";
import { createSampler } from "./index.ts";

/** What each source adds, and whether this host has it; leaves nothing behind. */
export async function inspectTiers(options: SamplerOptions): Promise<Tier[]> {
  const sampler = createSampler(options);
  const { sources } = await sampler.sample();
  await sampler.close();
  const [source] = sources;
  const canName = source?.blindTo.includes("processes") === false;
  const isOn = source?.ok === true;
  return [
    {
      name: "ip-helper",
      adds: "listeners, connections that stand, and those closed by FIN from this end",
      isOn,
      reason: isOn ? `${source.observations} sockets` : (source?.reason ?? "not read"),
    },
    {
      name: "processes",
      adds: "which program has a socket, whose it is, and which service",
      isOn: canName,
      reason: source?.reason ?? "all sockets that have a process are named",
    },
  ];
}
