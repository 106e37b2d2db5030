export { deriveRules } from "./rules.ts";
export type * from "./types.ts";
export { RuleVerificationError } from "./verify.ts";
