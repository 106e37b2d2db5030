/** What is counted of a flow on a day or in a month, as its row has it. Times in milliseconds since 1970 UTC. */
export interface FlowCounts {
  connections: number;
  failed: number;
  /** Null where no report told. */
  bytesSent: number | null;
  bytesReceived: number | null;
  firstSeen: number;
  lastSeen: number;
}

/** The columns of that in flow_day and flow_month, in their order. */
export const COUNT_COLUMNS = "connections, failed, bytes_sent, bytes_received, first_seen, last_seen";

/** For ON CONFLICT DO UPDATE SET: a row's counts and those of the row that it met. */
export const ADD_COUNTS = `connections = connections + excluded.connections, failed = failed + excluded.failed,
  bytes_sent = coalesce(bytes_sent + excluded.bytes_sent, bytes_sent, excluded.bytes_sent),
  bytes_received = coalesce(bytes_received + excluded.bytes_received, bytes_received, excluded.bytes_received),
  first_seen = min(first_seen, excluded.first_seen), last_seen = max(last_seen, excluded.last_seen)`;

/** Of two, where not both need be known. */
export const addKnown = (a: number | null, b: number | null) => (a === null ? b : b === null ? a : a + b);
