import { messageOf } from "../../errors.ts";
import { readFileWithin } from "../../read-file-within.ts";
import type { SamplerOptions } from "../../sampling/sampler.ts";
import type { FactReading } from "../reading.ts";
import { type FoundSoftware, type Software, withListeners } from "../software/found-software.ts";
import { listeningPrograms } from "../software/listening-programs.ts";
import { productOf, versionInPath } from "../software/products.ts";
import { matters, packaged } from "./packaged.ts";
import { parseDpkgStatus } from "./parse-dpkg-status.ts";
import { parseOratab } from "./parse-oratab.ts";
import { rpmPackages } from "./rpm-packages.ts";

/** Where to look; tests have folders of their own. */
export interface SoftwareRoots {
  etcRoot: string;
  /** Of the package managers' databases: /var/lib. */
  libRoot: string;
  sampler: SamplerOptions;
}

/** A status file of tens of thousands of packages. */
const MOST_BYTES = 64_000_000;

/** Database engines and web servers of this host; what could not be read is noted. */
export async function software(roots: SoftwareRoots, reading: FactReading): Promise<Software[]> {
  const dpkg = `${roots.libRoot}/dpkg/status`;
  const debian = reading.attempt("software", () => parseDpkgStatus(textOf(dpkg))) ?? [];
  const rpm = reading.attempt("software", () => rpmPackages(`${roots.libRoot}/rpm`, matters)) ?? [];
  const found = [
    ...packaged(debian, "dpkg"),
    ...packaged(rpm, "rpm"),
    ...(reading.attempt("software", () => oracles(`${roots.etcRoot}/oratab`)) ?? []),
  ];
  const { programs, unknown, isComplete } = await listeningPrograms(roots.sampler).catch((error: unknown) => {
    reading.note("software", `listeners: ${messageOf(error)}`);
    return { programs: [], unknown: 0, isComplete: true };
  });
  if (!isComplete) reading.note("software", "listeners: a table of sockets could not be read");
  if (unknown > 0) reading.note("software", "listeners: some belong to other users, and their programs cannot be read");
  return withListeners(found, programs, ({ executable }) => {
    const product = productOf(executable);
    const version = versionInPath(executable);
    return product && { kind: product.kind, name: product.name, ...(version !== undefined && { version }) };
  });
}

/** The instances that Oracle's own table names; not those that are in no table. */
function oracles(file: string): FoundSoftware[] {
  return parseOratab(textOf(file)).map(({ sid, home }) => {
    const version = versionInPath(`${home}/`);
    return {
      item: {
        kind: "database",
        name: "Oracle Database",
        ...(version !== undefined && { version }),
        instance: sid,
        ports: [],
        sources: [file],
      },
      owns: (executable) => executable === `${home}/bin/oracle` || executable === `${home}/bin/tnslsnr`,
    };
  });
}

/** A file that is there could not be read, or not whole. */
class UnreadFileError extends Error {
  override name = "UnreadFileError";
}

/** Empty where there is no such file. */
function textOf(path: string): string {
  const file = readFileWithin(path, MOST_BYTES);
  if (file.state === "missing") return "";
  if (file.state !== "read") throw new UnreadFileError(file.reason);
  if (file.isCut) throw new UnreadFileError(`${path}: longer than ${MOST_BYTES} bytes`);
  return file.bytes.toString("utf8");
}
