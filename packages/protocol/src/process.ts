import { z } from "zod";
import { Name } from "./primitives.ts";

/**
 * What identifies a program on a host. Never its command line: of an interpreter only the file name of what it runs
 * (jar, main class, script, module) is kept, as `program`.
 */
export const Process = z.object({
  name: Name,
  executable: z.string().max(1024).optional(),
  program: Name.optional(),
  user: Name.optional(),
  /** systemd unit or Windows service. */
  service: Name.optional(),
  container: z.object({ id: Name, name: Name.optional(), image: z.string().max(512).optional() }).optional(),
});
export type Process = z.infer<typeof Process>;
