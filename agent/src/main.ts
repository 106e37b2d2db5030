#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import type { Streams } from "./cli/streams.ts";
import { defaultStateDir } from "./config.ts";
import { UsageError, messageOf } from "./errors.ts";
import { HOST_FACTS_COMMAND } from "./inventory/facts.ts";
import { lightenEngine } from "./light-engine.ts";
import { AGENT_VERSION } from "./version.ts";

const DONE = 0;
const FAILED = 1;
const WRONG_USAGE = 2;

/** Runs one command line and resolves to its exit code. Commands are loaded when called, so that `run` stays small. */
async function main(argv: string[], streams: Streams): Promise<number> {
  lightenEngine();
  let code = DONE;
  const program = new Command("portolan-agent")
    .description("Watches which ports listen on this host and who connects to whom, and tells a Portolan collector.")
    .version(AGENT_VERSION)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => streams.stdout.write(text),
      writeErr: (text) => streams.stderr.write(text),
    });
  const state = ["--state <dir>", "where identity and spool live", defaultStateDir()] as const;
  const config = ["--config <file>", "the agent's settings, as JSON"] as const;

  program
    .command("run")
    .description("watch this host and report to its collector until stopped")
    .option(...config)
    .option(...state)
    .action(async (options) => void (code = await (await import("./cli/run.ts")).run(options, streams)));
  program
    .command("once")
    .description("print what the agent sees now; needs no collector")
    .option("--json", "print one report as JSON")
    .option(...config)
    .option(...state)
    .action(async (options) => void (code = await (await import("./cli/once.ts")).run(options, streams)));
  program
    .command("capture")
    .description("write reports to a file, for a host that reaches no collector")
    .requiredOption("-o, --output <file>", "file to make, one report a line; gzip when it ends in .gz")
    .option("--for <duration>", "end after 90s, 15m, 24h or 7d; without it, when stopped")
    .option(...config)
    .option(...state)
    .action(async (options) => void (code = await (await import("./cli/capture.ts")).run(options, streams)));
  program
    .command("enrol")
    .description("introduce this host to a collector")
    .requiredOption("--token-file <file>", "file with the enrolment token, or - for standard input")
    .option("--url <url>", "the collector's url, instead of the token's")
    .option("--force", "enrol again though this host is enrolled already")
    .option(...config)
    .option(...state)
    .action(async (options) => void (code = await (await import("./cli/enrol.ts")).run(options, streams)));
  program
    .command("doctor")
    .description("say which sources of evidence this host offers, and why others are off")
    .option("--json", "print it as JSON")
    .option("-o, --output <file>", "also write it to a file that can be shown to others: no address or name is in it")
    .option(...config)
    .action(async (options) => void (code = await (await import("./cli/doctor.ts")).run(options, streams)));
  program
    .command("prepare-tracing")
    .description("as root, before an agent that is not: let it see every connection, by the kernel's tracing")
    .option("--remove", "take away what an earlier call made")
    .option(...config)
    .action(async (options) => void (code = await (await import("./cli/prepare-tracing.ts")).run(options, streams)));
  program
    .command("status")
    .description("say who this agent is and how it fares")
    .option("--json", "print it as JSON")
    .option(...state)
    .action(async (options) => void (code = await (await import("./cli/status.ts")).run(options, streams)));
  program
    .command("install")
    .description("Windows: install this executable as a service, enrol it and start it; for administrators")
    .option("--token-file <file>", "file with the enrolment token, or - for standard input")
    .option("--url <url>", "the collector's url, instead of the token's")
    .option("--config <file>", "the agent's settings, as JSON; a copy is installed")
    .action(async (options) => void (code = await (await import("./cli/install.ts")).run(options, streams)));
  program
    .command("uninstall")
    .description("Windows: stop the service and remove all that install made")
    .option("--keep-state", "keep identity, spool, settings and log")
    .action(async (options) => void (code = await (await import("./cli/uninstall.ts")).run(options, streams)));
  program
    .command("service", { hidden: true })
    .description("what the Service Control Manager starts")
    .requiredOption(...config)
    .option(...state)
    .action(async (options) => void (code = await (await import("./cli/service.ts")).run(options, streams)));
  program
    .command(`${HOST_FACTS_COMMAND} <roots>`, { hidden: true })
    .description("the agent's own child: print the host's facts as JSON")
    .action(async (roots: string) => await (await import("./inventory/index.ts")).printFacts(roots, streams.stdout));

  try {
    await program.parseAsync(argv, { from: "user" });
    return code;
  } catch (error) {
    // commander has written its own message by now; code 0 is --help or --version.
    if (error instanceof CommanderError) return error.exitCode === 0 ? DONE : WRONG_USAGE;
    streams.stderr.write(`portolan-agent: ${messageOf(error)}\n`);
    return error instanceof UsageError ? WRONG_USAGE : FAILED;
  }
}

// What process lists show, and this agent's own flows, instead of "node".
process.title = "portolan-agent";
// A reader that has seen enough (`| head`) is no error, and no reason to end.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});
// Not a top-level await: the agent ships as a CommonJS bundle, which has none.
void main(process.argv.slice(2), process).then((code) => (process.exitCode = code));
