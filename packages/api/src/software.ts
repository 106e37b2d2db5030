import { Software } from "@portolan/protocol";
import { z } from "zod";
import { Filters, listOf, Page } from "./common.ts";

/** Software as its host's agent told it last. */
export const SoftwareItem = Software.extend({ id: z.string(), host: z.string(), hostId: z.string() });
export type SoftwareItem = z.infer<typeof SoftwareItem>;

/** A port means software that serves on it. */
export const SoftwareQuery = z.strictObject({ ...Page, ...Filters });
export const SoftwareList = listOf(SoftwareItem);
