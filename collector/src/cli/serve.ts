import type { Command } from "commander";
import type { ServeOptions } from "../config.ts";
import type { Shell } from "./command.ts";

export function addServeCommand(program: Command, shell: Shell): void {
  program
    .command("serve")
    .description("runs the collector")
    .option("--data <DIR>", "data folder (default: ./data)")
    .option("--listen <HOST:PORT>", "where to listen (default: 127.0.0.1:7440); any address but loopback is TLS")
    .option("--public-url <URL>", "how agents and people reach it; goes into tokens")
    .option("--config <FILE>", "YAML with data, listen, publicUrl, tls {certificate, key}, logLevel")
    .action(async (options: ServeOptions) => {
      // Loaded here alone: the other commands are thin clients and start in a fraction of the time without the server.
      const { runCollector } = await import("./run-collector.ts");
      await runCollector(options, shell.streams);
    });
}
