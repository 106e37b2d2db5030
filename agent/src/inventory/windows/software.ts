import { messageOf } from "../../errors.ts";
import type { Registry } from "../../windows/registry.ts";
import type { FactReading } from "../reading.ts";
import { type Software, withListeners } from "../software/found-software.ts";
import { listeningPrograms } from "../software/listening-programs.ts";
import { productOf } from "../software/products.ts";
import { fileVersion } from "./calls.ts";
import { iisSites } from "./iis.ts";
import { serviceEngines } from "./service-engines.ts";
import { sqlServers } from "./sql-server.ts";

/** Database engines and web sites of this host; what could not be read is noted. */
export async function software(registry: Registry, reading: FactReading): Promise<Software[]> {
  const note = (reason: string) => reading.note("software", reason);
  const found = [
    ...(reading.attempt("software", () => sqlServers(registry, (error) => note(messageOf(error)))) ?? []),
    ...(reading.attempt("software", () =>
      serviceEngines(registry, fileVersion, (service, error) => note(`service ${service}: ${messageOf(error)}`)),
    ) ?? []),
    ...(reading.attempt("software", () => iisSites(registry, note)) ?? []),
  ];
  const { programs, unknown, isComplete } = await listeningPrograms({}).catch((error: unknown) => {
    note(`listeners: ${messageOf(error)}`);
    return { programs: [], unknown: 0, isComplete: true };
  });
  if (!isComplete) note("listeners: a table of sockets could not be read");
  if (unknown > 0) note("listeners: the programs of some are unknown");
  return withListeners(found, programs, ({ executable }) => {
    const product = productOf(executable);
    const version = product && fileVersion(executable).version;
    return product && { kind: product.kind, name: product.name, ...(version !== undefined && { version }) };
  });
}
