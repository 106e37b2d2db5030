import { z } from "zod";
import { FirewallOptions } from "./firewall.ts";
import { Period } from "./common.ts";

export const DependencyExportQuery = z.strictObject({
  ...Period,
  format: z.enum(["json", "csv"]),
  level: z.enum(["host", "zone"]).optional(),
});

export const FirewallExportQuery = FirewallOptions.extend({ format: z.enum(["xlsx", "csv", "json"]) });

export const DirectoryExportQuery = FirewallOptions.extend({ format: z.enum(["csv"]) });

export const PlanExportQuery = z.strictObject({ id: z.string(), format: z.enum(["json"]) });
