import { z } from "zod";

export const ZoneItem = z.object({
  name: z.string().min(1).max(255),
  cidr: z.union([z.cidrv4(), z.cidrv6()]),
  site: z.string().min(1).max(255).default("default"),
  kind: z.enum(["servers", "clients", "external"]).default("servers"),
  description: z.string().max(1024).optional(),
});

/** Sent whole; the ETag goes back in If-Match. */
export const ZoneDocument = z.object({ items: z.array(ZoneItem).max(10_000) });
