import { z } from "zod";
import { Name, TimeZone } from "./primitives.ts";

/** An agent introduces itself with an enrolment token in the Authorization header. */
export const EnrolmentRequest = z.object({
  hostname: Name,
  machineId: Name.optional(),
  smbiosUuid: Name.optional(),
  platform: z.enum(["linux", "windows"]),
  agentVersion: Name,
  timeZone: TimeZone,
});
export type EnrolmentRequest = z.infer<typeof EnrolmentRequest>;

/** `secret` is shown once; the agent keeps it in a file with mode 0600. */
export const EnrolmentAnswer = z.object({ agentId: Name, secret: z.string(), site: Name });
export type EnrolmentAnswer = z.infer<typeof EnrolmentAnswer>;

/** The JSON inside a `ptn_` token. */
export const TokenContent = z.object({ url: z.url(), secret: z.string().min(1), caSha256: z.string().optional() });
export type TokenContent = z.infer<typeof TokenContent>;
