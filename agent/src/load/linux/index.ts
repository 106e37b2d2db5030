import { existsSync } from "node:fs";
import { messageOf } from "../../errors.ts";
import { isHostLocal } from "../../inventory/facts.ts";
import { createProcFileReader } from "../../sampling/linux/read-proc-file.ts";
import { createFillReader } from "../fill-reader.ts";
import type { LoadReader, LoadReaderOptions, LoadReading } from "../load-reader.ts";
import { parseCpuTicks, parseDiskWrites, parseInterfaces, parseMemoryUsed, parseMounts } from "./parse-load.ts";
import { volumesOf, type Volume } from "./volumes.ts";

/** What is mounted and how full it is changes slowly, and a host of containers has thousands of mounts. */
const VOLUMES_MS = 55_000;

/** Reads /proc, and how full the volumes are; no child process. */
export function createLoadReader(options: LoadReaderOptions = {}): LoadReader {
  const { procRoot = "/proc", sysRoot = "/sys", now = () => performance.now() } = options;
  const files = createProcFileReader();
  const fills = createFillReader();
  let volumes: Volume[] = [];
  let volumesAt: number | undefined;

  async function read(): Promise<LoadReading> {
    const problems: string[] = [];
    let lost = 0;
    const attempt = <Result>(path: string, parse: (bytes: Buffer) => Result | undefined): Result | undefined => {
      try {
        const result = parse(files.read(`${procRoot}/${path}`));
        if (result === undefined) problems.push(`${procRoot}/${path}: not what was expected`);
        return result;
      } catch (error) {
        problems.push(messageOf(error));
        return undefined;
      }
    };
    const rows = <Row>(path: string, parse: (bytes: Buffer) => { rows: Row[]; lost: number }): Row[] => {
      const parsed = attempt(path, parse);
      lost += parsed?.lost ?? 0;
      return parsed?.rows ?? [];
    };
    const cpu = attempt("stat", parseCpuTicks);
    const memoryUsed = attempt("meminfo", parseMemoryUsed);
    const interfaces = outward(rows("net/dev", parseInterfaces), sysRoot);
    const writes = new Map(rows("diskstats", parseDiskWrites).map(({ device, written }) => [device, written]));
    const used = new Map<string, number>();
    if (volumesAt === undefined || now() - volumesAt >= VOLUMES_MS) {
      volumesAt = now();
      volumes = volumesOf(rows("self/mountinfo", parseMounts));
      for (const { mount } of volumes) {
        const fill = await fills.fill(mount);
        if (fill !== undefined) used.set(mount, fill.usedBytes);
      }
    }
    return {
      ...(cpu && { cpu }),
      ...(memoryUsed !== undefined && { memoryUsed }),
      interfaces,
      volumes: volumes.map(({ mount, device }) => {
        const [written, bytes] = [writes.get(device), used.get(mount)];
        return {
          mount,
          device,
          ...(written !== undefined && { written }),
          ...(bytes !== undefined && { used: bytes }),
        };
      }),
      problems,
      lost,
    };
  }
  return { read };
}

/**
 * Those that lead out of the host. Where any has a device, the others are made of it (bonds, VLANs, bridges) or of
 * nothing (tunnels): their bytes would count twice.
 */
function outward(
  all: readonly { name: string; bytesIn: number; bytesOut: number }[],
  sysRoot: string,
): LoadReading["interfaces"] {
  const leading = all.filter(({ name }) => !isHostLocal(name) && !name.includes("/"));
  const physical = leading.filter(({ name }) => existsSync(`${sysRoot}/class/net/${name}/device`));
  return new Map((physical.length > 0 ? physical : leading).map(({ name, ...bytes }) => [name, bytes]));
}
