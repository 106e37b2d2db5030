// The short-lived process that reads the host's facts, where Node runs the sources.
import { printFacts } from "./index.ts";

await printFacts(process.argv[2] ?? "{}", process.stdout);
