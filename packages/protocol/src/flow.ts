import { z } from "zod";
import { Count, IpAddress, IpRange, Name, Port, Protocol, Scope, Timestamp } from "./primitives.ts";

const counts = {
  protocol: Protocol,
  localAddress: IpAddress,
  /** A range where many clients were folded into one flow; `folded` then says how many. */
  remoteAddress: z.union([IpAddress, IpRange], { error: "expected an address or an address range" }),
  scope: Scope.optional(),
  process: z.int().min(0).optional(),
  folded: z.int().min(1).optional(),
  /** Connections that began in the window. */
  connections: Count,
  /** Attempts that were refused or never answered; counted apart from `connections`. */
  failed: Count.optional(),
  bytesSent: Count.optional(),
  bytesReceived: Count.optional(),
  firstSeen: Timestamp,
  lastSeen: Timestamp,
  /** Names of the sources that saw it. */
  sources: z.array(Name).min(1).max(16),
};

const DirectedFlow = z.object({
  ...counts,
  direction: z.enum(["inbound", "outbound"]),
  serverPort: Port,
  /** True when only the ephemeral port range decided the direction. */
  guessed: z.boolean().optional(),
  witnesses: z
    .array(z.object({ clientPort: Port, minute: z.int().min(0) }))
    .max(4096)
    .optional(),
});

const UndirectedFlow = z.object({
  ...counts,
  direction: z.literal("unknown"),
  localPort: Port,
  remotePort: Port,
});

/** A flow as a collector takes it: a clock that was set within the window may put lastSeen before firstSeen. */
export const ReceivedFlow = z.discriminatedUnion("direction", [DirectedFlow, UndirectedFlow]);
export type ReceivedFlow = z.infer<typeof ReceivedFlow>;

/** Observations of one window folded by (client, server, protocol, server port, local process), seen from one host. Counts are deltas. */
export const Flow = ReceivedFlow.refine((flow) => Date.parse(flow.lastSeen) >= Date.parse(flow.firstSeen), {
  path: ["lastSeen"],
  error: "expected a time not before firstSeen",
});
export type Flow = z.infer<typeof Flow>;
