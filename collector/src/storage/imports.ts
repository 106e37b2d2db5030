import type { AddressDependency, Protocol } from "@portolan/protocol";
import type { AcceptedReport } from "./accepted-report.ts";

export interface ImportedHost {
  name: string;
  addresses: string[];
  site: string;
  environment?: string;
  notes?: string;
}

/** A row of flows.csv. An end is an address or a host name. */
export interface ImportedFlow {
  site: string;
  client: { name: string } | { address: string };
  server: { name: string } | { address: string };
  protocol: Protocol;
  port: number;
  firstSeen: number;
  lastSeen: number;
  /** Site day of lastSeen, YYYY-MM-DD. */
  day: string;
  connections: number;
  clientProcess?: string;
  serverProcess?: string;
}

/** A report from a file: its host is named by the file, not by an enrolled agent. */
export interface ImportedReport {
  site: string;
  hostname: string;
  machineId?: string;
  timeZone: string;
  report: AcceptedReport;
}

/** All that a holder on a host, such as an instance of a database engine, names of one sort. */
export interface ImportedAddressList {
  site: string;
  host: string;
  /** A later list of the same holder on the same host takes the place of an earlier one. */
  holder: string;
  /** When the holder was asked. */
  at: number;
  items: AddressDependency[];
}

/** What a file says. */
export interface ImportContent {
  hosts?: Iterable<ImportedHost>;
  flows?: Iterable<ImportedFlow>;
  reports?: Iterable<ImportedReport>;
  addressLists?: Iterable<ImportedAddressList>;
}

export interface ImportRecord {
  id: string;
  format: string;
  fileName: string;
  contentHash: string;
  at: number;
  actor: string;
  items: number;
}

/** What an undo took away. */
export interface UndoneImport {
  flows: number;
  reports: number;
  /** Days of coverage, of all hosts. */
  days: number;
  /** Linked servers and the like, where the file had such; not what its reports' hosts told. */
  addressDependencies?: number;
  /** Hosts that only this file named. */
  hosts: number;
}
