// `npm run test:faults`: kills, full disks, damaged files and wrong clocks; minutes, so not part of `npm test`.
// Arguments after `--` go to vitest.
import { runTests } from "./run-tests.ts";

process.exitCode = (await runTests(["--config", "test/faults/vitest.config.ts", ...process.argv.slice(2)])) ? 0 : 1;
