import { createSampler } from "../../sampling/index.ts";
import type { SamplerOptions, Snapshot } from "../../sampling/sampler.ts";
import type { ListeningProgram } from "./found-software.ts";

/** Addresses at which only the host itself is asked. */
const LOOPBACK = /^(?:127\.|::1$)/;

interface Listening {
  programs: ListeningProgram[];
  /** Number of listeners whose program could not be told. */
  unknown: number;
  /** False where not all tables of sockets could be read. */
  isComplete: boolean;
}

/**
 * The programs that listen now, by one look at the sockets.
 *
 * @throws whatever the sampler does where it cannot look
 */
export async function listeningPrograms(options: SamplerOptions): Promise<Listening> {
  const sampler = await createSampler(options);
  try {
    return programsOf(await sampler.sample(true));
  } finally {
    await sampler.close();
  }
}

/** The listening programs of a snapshot; a port that only the host itself reaches is none. */
export function programsOf({
  observations,
  isComplete,
  unreadScopes,
}: Pick<Snapshot, "observations" | "isComplete" | "unreadScopes">): Listening {
  const programs = new Map<string, { program: ListeningProgram; ports: Set<number> }>();
  let unknown = 0;
  for (const { protocol, state, localAddress, localPort, process } of observations) {
    if (protocol !== "tcp" || state !== "listening") continue;
    if (process?.executable === undefined) {
      unknown++;
      continue;
    }
    const { executable, service, container } = process;
    const key = JSON.stringify([executable, service, container?.id]);
    let known = programs.get(key);
    if (known === undefined) {
      const program = {
        executable,
        ...(service !== undefined && { service }),
        ...(container && { container: container.id.slice(0, 12) }),
        ports: [],
      };
      programs.set(key, (known = { program, ports: new Set() }));
    }
    if (!LOOPBACK.test(localAddress)) known.ports.add(localPort);
  }
  return {
    programs: [...programs.values()].map(({ program, ports }) => ({ ...program, ports: [...ports] })),
    unknown,
    isComplete: isComplete && unreadScopes === undefined,
  };
}
