import { z } from "zod";
import { IpAddress, Port, Protocol, Scope } from "./primitives.ts";

/** A process bound to a local port. `process` is an index into the report's `processes`. */
export const Listener = z.object({
  protocol: Protocol,
  address: IpAddress,
  port: Port,
  process: z.int().min(0).optional(),
  scope: Scope.optional(),
});
export type Listener = z.infer<typeof Listener>;
