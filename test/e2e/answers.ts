/** What the test reads of Portolan's JSON, as INTERFACE.md names it. */
export interface ReportedDependency {
  clientHost?: string;
  clientAddress?: string;
  serverHost?: string;
  serverAddress?: string;
  protocol: string;
  serverPort: number;
  clientProcesses: string[];
  serverProcesses: string[];
  connections: number;
  lowerBound: boolean;
  failed: number;
  bytesSent?: number;
  bytesReceived?: number;
  scope?: string;
  sources: string[];
  ends: "client" | "server" | "both";
  direction: string;
}

/** A flow has the dependency's keys, from one host's view. */
export type ReportedFlow = Omit<ReportedDependency, "clientProcesses" | "serverProcesses" | "lowerBound" | "ends"> & {
  seenFrom: "client" | "server" | "both";
  process?: string;
};

interface RuleEnd {
  name: string;
  addresses: string[];
}

export interface FirewallAnswer {
  rules: {
    sourceZone: string;
    destinationZone: string;
    sources: RuleEnd[];
    destinations: RuleEnd[];
    services: { protocol: string; fromPort: number; toPort: number }[];
    overPermission: number;
  }[];
  unzoned: { serverPort: number; reason: string }[];
}

export interface CoverageAnswer {
  hosts: { host: string; sources: string[]; blindTo: string[] }[];
}

export interface GroupsAnswer {
  groups: { id: string; name: string; hosts: string[] }[];
}
