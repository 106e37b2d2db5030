// The only place of test/ that reads the environment.
import { homedir } from "node:os";
import { join } from "node:path";

/** True under CI: what a test needs and lacks then fails it instead of skipping it. */
export const runsUnderCi = process.env["CI"] === "true";

/** Where tests keep what takes long to make, outside the checkout. */
export const cacheDirectory = join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "portolan");

/** Where the machine's own programs are found, npm among them. */
export const machinePath = process.env["PATH"] ?? "";
