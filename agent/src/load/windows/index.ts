import { freemem, totalmem } from "node:os";
import { messageOf } from "../../errors.ts";
import { volumes } from "../../inventory/windows/volumes.ts";
import type { LoadReader, LoadReaderOptions, LoadReading } from "../load-reader.ts";
import { createVolumeList } from "../volume-list.ts";
import { bytesWritten, cpuTimes, interfaceTable } from "./calls.ts";
import { leadingOut } from "./leading-out.ts";

/** Asks Windows' own functions; no child process, and no performance registry, which loads others' libraries. */
export function createLoadReader({ now = () => performance.now() }: LoadReaderOptions = {}): LoadReader {
  const volumeList = createVolumeList(now);

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
    const mounted = await volumeList.read({
      list: () => attempt("volumes", volumes) ?? [],
      // Opening one that is silent might hold everything up.
      writtenTo: ({ mount, device }, isSilent) =>
        isSilent ? undefined : attempt(`written to ${mount}`, () => bytesWritten(device)),
      onSilent: (mount) => problems.push(`${mount}: it does not say how full it is`),
    });
    return {
      ...(cpu && { cpu }),
      memoryUsed: totalmem() - freemem(),
      interfaces: leadingOut(table?.rows ?? []),
      volumes: mounted,
      problems,
      lost: table?.lost ?? 0,
    };
  }
  return { read };
}
