import type { Command } from "commander";
import { resolveServeConfig } from "../config.ts";
import type { Shell } from "./command.ts";

/** Looks at a collector's data folder without the collector, and changes nothing in it. */
export function addDoctorCommand(program: Command, shell: Shell): void {
  program
    .command("doctor")
    .description("checks a collector's data folder, running or not: one line for each check, exit code 1 if one fails")
    .option("--data <DIR>", "data folder (default: ./data)")
    .option("--config <FILE>", "the collector's configuration, for its data folder and certificates")
    .action(async (options: { data?: string; config?: string }) => {
      const { dataDir, tls } = resolveServeConfig(options);
      const { checkDataDir } = await import("../doctor/check-data-dir.ts");
      const findings = checkDataDir(dataDir, tls, Date.now());
      for (const { ok, subject, detail } of findings)
        shell.streams.out.write(`${ok ? "ok    " : "WRONG "} ${subject}: ${detail}\n`);
      if (findings.some((finding) => !finding.ok)) shell.exit(1);
    });
}
