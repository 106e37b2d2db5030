import { existsSync } from "node:fs";
import { messageOf } from "../../errors.ts";
import { createProcFileReader } from "../../sampling/linux/read-proc-file.ts";
import type { LoadReader, LoadReaderOptions, LoadReading } from "../load-reader.ts";
import { outward } from "../outward.ts";
import { createVolumeList } from "../volume-list.ts";
import { parseCpuTicks, parseDiskWrites, parseInterfaces, parseMemoryUsed, parseMounts } from "./parse-load.ts";
import { volumesOf } from "./volumes.ts";

/** Reads /proc, and how full the volumes are; no child process. */
export function createLoadReader(options: LoadReaderOptions = {}): LoadReader {
  const { procRoot = "/proc", sysRoot = "/sys", now = () => performance.now() } = options;
  const files = createProcFileReader();
  const volumeList = createVolumeList(now);

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
    const interfaces = outward(
      rows("net/dev", parseInterfaces).filter(({ name }) => !name.includes("/")),
      ({ name }) => existsSync(`${sysRoot}/class/net/${name}/device`),
    );
    const writes = new Map(rows("diskstats", parseDiskWrites).map(({ device, written }) => [device, written]));
    const volumes = await volumeList.read({
      list: () => volumesOf(rows("self/mountinfo", parseMounts)),
      writtenTo: ({ device }) => writes.get(device),
    });
    return {
      ...(cpu && { cpu }),
      ...(memoryUsed !== undefined && { memoryUsed }),
      interfaces,
      volumes,
      problems,
      lost,
    };
  }
  return { read };
}
