/** True under CI: what a test needs and lacks then fails it instead of skipping it. The only place of test/ that reads the environment. */
export const runsUnderCi = process.env["CI"] === "true";
