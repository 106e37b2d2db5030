import type { Registry } from "../../windows/registry.ts";
import type { FoundSoftware } from "../software/found-software.ts";
import { programName, versionInPath } from "../software/products.ts";
import type { FileVersion } from "./parse-version-info.ts";
import { folderOf, type Service, servicesOf } from "./services.ts";

const POSTGRES = "SOFTWARE\\PostgreSQL";
/** Programs of services, besides SQL Server's. */
const PROGRAMS = /^(?:mysqld(?:-nt)?|mariadbd|pg_ctl|postgres|oracle|mongod|redis-server)$/;
const ORACLE_SERVICE = /^OracleService/i;

type FileVersionReader = (file: string) => FileVersion;

/**
 * Database engines that run as services: MySQL, MariaDB, PostgreSQL, Oracle and others. Versions are of the program's
 * file, or of PostgreSQL's own key.
 *
 * @throws Win32Error where the list of services may not be read.
 */
export function serviceEngines(
  registry: Registry,
  versionOf: FileVersionReader,
  denied: (service: string, error: unknown) => void,
): FoundSoftware[] {
  return servicesOf(registry, PROGRAMS, denied).map((service) => {
    const program = programName(service.executable);
    if (program === "oracle") return oracle(service, versionOf);
    if (program === "pg_ctl" || program === "postgres") return postgres(registry, service, versionOf);
    return plain(service, versionOf(service.executable));
  });
}

function engine(
  service: Service,
  name: string,
  version: string | undefined,
  more: { instance?: string; ports?: number[]; sources?: string[] } = {},
): FoundSoftware["item"] {
  return {
    kind: "database",
    name,
    ...(version !== undefined && { version }),
    instance: more.instance ?? service.name,
    ports: more.ports ?? [],
    sources: [service.source, ...(more.sources ?? [])],
  };
}

const NAMES = new Map([
  ["mongod", "MongoDB"],
  ["redis-server", "Redis"],
  ["mariadbd", "MariaDB"],
]);

function plain(service: Service, { version, productName = "" }: FileVersion): FoundSoftware {
  const isMariaDb = /MariaDB/i.test(`${productName} ${service.executable}`);
  const name = NAMES.get(programName(service.executable)) ?? (isMariaDb ? "MariaDB" : "MySQL");
  const known = version ?? versionInPath(service.executable);
  return {
    item: engine(service, name, known, { sources: version === undefined ? [] : [service.executable] }),
    service: service.name,
    owns: (executable) => executable.toLowerCase() === service.executable.toLowerCase(),
  };
}

/** The setup of PostgreSQL notes version and port by the service's name. */
function postgres(registry: Registry, service: Service, versionOf: FileVersionReader): FoundSoftware {
  const program = `${folderOf(service.executable)}postgres.exe`;
  const noted = `${POSTGRES}\\Installations\\${service.name}`;
  const setup = registry.text(noted, "Version");
  const port = registry.number(`${POSTGRES}\\Services\\${service.name}`, "Port");
  const sources = [
    ...(setup === undefined ? [] : [`HKLM\\${noted}`]),
    ...(port === undefined ? [] : [`HKLM\\${POSTGRES}\\Services\\${service.name}`]),
  ];
  const ports = port === undefined || port < 1 || port > 65_535 ? [] : [port];
  const version = setup || versionOf(program).version || versionInPath(program);
  return {
    item: engine(service, "PostgreSQL", version, { ports, sources }),
    service: service.name,
    owns: (executable) => executable.toLowerCase() === program.toLowerCase(),
  };
}

/** A service for each instance; one listener, a program beside the engine's, serves all of a home. */
function oracle(service: Service, versionOf: FileVersionReader): FoundSoftware {
  const folder = folderOf(service.executable).toLowerCase();
  const version = versionOf(service.executable).version ?? versionInPath(service.executable);
  return {
    item: engine(service, "Oracle Database", version, {
      instance: service.name.replace(ORACLE_SERVICE, "") || service.name,
    }),
    service: service.name,
    owns: (executable) => [`${folder}oracle.exe`, `${folder}tnslsnr.exe`].includes(executable.toLowerCase()),
  };
}
