import { freemem, totalmem } from "node:os";
import { messageOf } from "../../errors.ts";
import { type Volume, volumes } from "../../inventory/windows/volumes.ts";
import { createFillReader } from "../fill-reader.ts";
import type { LoadReader, LoadReaderOptions, LoadReading } from "../load-reader.ts";
import { bytesWritten, cpuTimes, interfaceTable } from "./calls.ts";
import { outward } from "./outward.ts";

/** What is mounted and how full it is changes slowly. */
const VOLUMES_MS = 55_000;
/** The protocol's limit (load.ts of packages/protocol). */
const MOST_VOLUMES = 512;

/** Asks Windows' own functions; no child process, and no performance registry, which loads others' libraries. */
export function createLoadReader({ now = () => performance.now() }: LoadReaderOptions = {}): LoadReader {
  const fills = createFillReader();
  let known: Volume[] = [];
  let knownAt: number | undefined;
  /** Those that did not say in time how full they are: opening them might hold everything up. */
  let silent = new Set<string>();

  async function read(): Promise<LoadReading> {
    const problems: string[] = [];
    const attempt = <Result>(what: string, ask: () => Result): Result | undefined => {
      try {
        return ask();
      } catch (error) {
        problems.push(`${what}: ${messageOf(error)}`);
        return undefined;
      }
    };
    const cpu = attempt("processors", cpuTimes);
    const table = attempt("interfaces", interfaceTable);
    const used = new Map<string, number>();
    if (knownAt === undefined || now() - knownAt >= VOLUMES_MS) {
      knownAt = now();
      known = attempt("volumes", volumes)?.slice(0, MOST_VOLUMES) ?? [];
      silent = new Set();
      for (const { mount } of known) {
        const fill = await fills.fill(mount);
        if (fill === undefined) silent.add(mount);
        else used.set(mount, fill.usedBytes);
      }
      for (const mount of silent) problems.push(`${mount}: it does not say how full it is`);
    }
    return {
      ...(cpu && { cpu }),
      memoryUsed: totalmem() - freemem(),
      interfaces: outward(table?.rows ?? []),
      volumes: known.map(({ mount, device }) => {
        const bytes = used.get(mount);
        const written = silent.has(mount) ? undefined : attempt(`written to ${mount}`, () => bytesWritten(device));
        return {
          mount,
          device,
          ...(written !== undefined && { written }),
          ...(bytes !== undefined && { used: bytes }),
        };
      }),
      problems,
      lost: table?.lost ?? 0,
    };
  }
  return { read };
}
