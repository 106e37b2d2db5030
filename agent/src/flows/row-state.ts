import type { Observation } from "../sampling/sampler.ts";

/** False for listeners, for UDP without a peer, and for what is over. */
export function isConnection(row: Observation): boolean {
  if (row.remotePort === 0 || row.localPort === 0) return false;
  return row.state !== "listening" && row.state !== "unconnected" && row.state !== "closed";
}

/** An attempt that was not answered yet. */
export function isHalfOpen(row: Observation): boolean {
  return row.state === "syn-sent" || row.state === "syn-received";
}

/** This end sent its FIN: the socket may have left its process. */
export function isClosing(row: Observation): boolean {
  switch (row.state) {
    case "fin-wait-1":
    case "fin-wait-2":
    case "time-wait":
    case "last-ack":
    case "closing":
      return true;
    default:
      return false;
  }
}
