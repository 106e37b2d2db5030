import { runStep } from "./run-step.ts";

process.exitCode = await runStep("oxfmt", ["."]);
