import type { HostFacts } from "@portolan/protocol";
import { compareText } from "../../flows/identity.ts";

export type Software = NonNullable<HostFacts["software"]>[number];

/** Software that was found installed, and how to know its processes again. */
export interface FoundSoftware {
  item: Software;
  /** Name of the service that runs it, where the system says so of processes. */
  service?: string;
  /** @param executable path of a running program */
  owns(executable: string): boolean;
}

/** A program that listens, and at which TCP ports others can reach it. */
export interface ListeningProgram {
  executable: string;
  service?: string;
  /** Of the container it runs in. */
  container?: string;
  ports: readonly number[];
}

/** The protocol's limits (software.ts of packages/protocol). */
const MOST = { software: 1024, ports: 256, sources: 64, bindings: 1024 };

/**
 * Adds to what was found installed where it listens. Of several that may own a program, those whose service runs it do,
 * else all of them; what nobody owns is made an item of its own, where its file's name says what it is.
 *
 * @param unowned what a program is by its file alone; undefined for what does not matter
 */
export function withListeners(
  found: readonly FoundSoftware[],
  programs: readonly ListeningProgram[],
  unowned: (program: ListeningProgram) => Pick<Software, "kind" | "name" | "version"> | undefined,
): Software[] {
  const items = new Map(found.map((entry) => [entry, entry.item]));
  const others = new Map<string, Software>();
  for (const program of programs) {
    const source = program.container === undefined ? "listener" : `listener in container ${program.container}`;
    const owners = program.container === undefined ? found.filter(({ owns }) => owns(program.executable)) : [];
    // Windows takes names of services in any case.
    const running = program.service?.toLowerCase();
    const byService = owners.filter(({ service }) => service !== undefined && service.toLowerCase() === running);
    for (const owner of byService.length > 0 ? byService : owners) {
      const item = items.get(owner) ?? owner.item;
      items.set(owner, listeningAt(item, program.ports, source));
    }
    if (owners.length > 0) continue;
    const what = unowned(program);
    if (what === undefined) continue;
    const key = `${what.name} ${program.executable} ${program.container ?? ""}`;
    const known = others.get(key) ?? { ...what, ports: [], sources: [program.executable] };
    others.set(key, listeningAt(known, program.ports, source));
  }
  return [...items.values(), ...others.values()].sort(byName).slice(0, MOST.software);
}

function listeningAt(item: Software, ports: readonly number[], source: string): Software {
  return {
    ...item,
    ports: [...new Set([...item.ports, ...ports])].sort((a, b) => a - b).slice(0, MOST.ports),
    sources: [...new Set([...item.sources, source])].slice(0, MOST.sources),
  };
}

function byName(one: Software, other: Software): number {
  const [a, b] = [one, other].map(({ name, instance = "", version = "" }) => `${name}\0${instance}\0${version}`);
  return compareText(a ?? "", b ?? "");
}
