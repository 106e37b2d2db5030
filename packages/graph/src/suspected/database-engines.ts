import { executableName, programFinder } from "./process-name.ts";

/** A family of database engines: a program of it on both sides may mean its own replication. */
export interface EngineFamily {
  name: string;
  /** Executables, lower case, without `.exe`. */
  processes: RegExp;
  /** TCP ports that are taken for it where nobody knows the process. */
  ports: readonly number[];
  /** What two of the family have to say to each other besides links. */
  among: string;
  /** Whether its engines can be told to query another of the family. */
  hasLinks: boolean;
}

/**
 * Executables and ports by the vendors' manuals. Ports that much else uses (5000 of ASE, 30000 of CUBRID) are not taken for
 * an engine's. Oracle's server processes call themselves `oracle_PID_SID` on Linux, its gateways `dg4odbc`, `dg4msql`.
 */
const ENGINE_FAMILIES: readonly EngineFamily[] = [
  {
    name: "Microsoft SQL Server",
    processes: /^sqlservr$/,
    ports: [1433],
    among: "replication or Service Broker of two SQL Servers",
    hasLinks: true,
  },
  {
    name: "Oracle Database",
    processes: /^(?:oracle(?:_\d+_\w*)?|ora_\w+|tnslsnr|extproc|dg4\w+)$/,
    ports: [1521, 2484],
    among: "Data Guard sending redo, or an instance that registers with the listener of another host",
    hasLinks: true,
  },
  {
    name: "PostgreSQL",
    processes: /^(?:postgres|postmaster|edb-postgres)$/,
    ports: [5432],
    among: "streaming or logical replication of the same engine",
    hasLinks: true,
  },
  {
    name: "MySQL or MariaDB",
    processes: /^(?:mysqld(?:-nt|-debug)?|mariadbd)$/,
    ports: [3306],
    among: "a replica that follows its source, or members of one cluster",
    hasLinks: true,
  },
  {
    name: "Db2",
    processes: /^(?:db2syscs?|db2fmp(?:64)?)$/,
    ports: [50_000],
    among: "HADR or replication of two Db2 instances",
    hasLinks: true,
  },
  {
    name: "SAP ASE",
    processes: /^(?:dataserver|sqlsrvr)$/,
    ports: [],
    among: "replication of two ASE servers",
    hasLinks: true,
  },
  {
    name: "SAP HANA",
    processes: /^hdb(?:index|name)server$/,
    ports: [],
    among: "system replication, or hosts of one HANA system",
    hasLinks: true,
  },
  { name: "Informix", processes: /^oninit$/, ports: [9088], among: "HDR or Enterprise Replication", hasLinks: true },
  {
    name: "Tibero",
    processes: /^(?:tbsvr|tblistener)$/,
    ports: [8629],
    among: "a standby that follows its primary",
    hasLinks: true,
  },
  {
    name: "CUBRID",
    processes: /^(?:cub_server|cub_cas|cub_master)$/,
    ports: [33_000],
    among: "HA nodes of one CUBRID group",
    hasLinks: true,
  },
  { name: "Altibase", processes: /^altibase$/, ports: [20_300], among: "replication of two Altibase", hasLinks: true },
  {
    name: "Firebird",
    processes: /^(?:firebird|fbserver|fb_inet_server)$/,
    ports: [3050],
    among: "replication",
    hasLinks: true,
  },
  {
    name: "MongoDB",
    processes: /^mongo[ds]$/,
    ports: [27_017],
    among: "members of a replica set or a sharded cluster, which call each other",
    hasLinks: false,
  },
];

/** Programs that pass connections on: who is behind them is told by the port alone. */
const FORWARDERS = /^(?:pgbouncer|pgpool|odyssey|proxysql|mysqlrouter|maxscale|haproxy|docker-proxy|rootlessport)$/;

export const isForwarder = (label: string): boolean => FORWARDERS.test(executableName(label));

/** Of a process by its label. O(families) for engines. */
export const engineOf: (label: string) => EngineFamily | undefined = programFinder(ENGINE_FAMILIES);

/** Whose port it is as a rule. */
export function engineOnPort(port: number): EngineFamily | undefined {
  return ENGINE_FAMILIES.find(({ ports }) => ports.includes(port));
}
