import { found } from "./found-program.ts";
import type { FoundProgram } from "./found-program.ts";

/** Options whose value may be the next argument (`node --help`, Node 24); V8's own take theirs only after `=`. */
const VALUED = new Set([
  "-r",
  "--require",
  "--import",
  "--loader",
  "--experimental-loader",
  "-C",
  "--conditions",
  "--env-file",
  "--env-file-if-exists",
  "--title",
  "--input-type",
  "--experimental-default-type",
  "--inspect-port",
  "--debug-port",
  "--inspect-publish-uid",
  "--unhandled-rejections",
  "--redirect-warnings",
  "--disable-warning",
  "--disable-proto",
  "--diagnostic-dir",
  "--dns-result-order",
  "--network-family-autoselection-attempt-timeout",
  "--icu-data-dir",
  "--openssl-config",
  "--tls-cipher-list",
  "--tls-keylog",
  "--tls-max-v1.2",
  "--max-http-header-size",
  "--secure-heap",
  "--secure-heap-min",
  "--heapsnapshot-signal",
  "--heapsnapshot-near-heap-limit",
  "--heap-prof-dir",
  "--heap-prof-interval",
  "--heap-prof-name",
  "--cpu-prof-dir",
  "--cpu-prof-interval",
  "--cpu-prof-name",
  "--report-dir",
  "--report-directory",
  "--report-filename",
  "--report-signal",
  "--trace-event-categories",
  "--trace-event-file-pattern",
  "--trace-require-module",
  "--allow-fs-read",
  "--allow-fs-write",
  "--watch-path",
  "--watch-kill-signal",
  "--localstorage-file",
  "--experimental-config-file",
  "--experimental-sea-config",
  "--build-snapshot-config",
  "--snapshot-blob",
  "--stack-trace-limit",
  "--v8-pool-size",
  "--use-largepages",
  "--experimental-default-config-file",
  "--experimental-package-map",
  "--experimental-policy",
  "--experimental-specifier-resolution",
  "--es-module-specifier-resolution",
  "--experimental-test-tag-filter",
  "--max-old-space-size-percentage",
  "--policy-integrity",
  "--security-revert",
  "--test-concurrency",
  "--test-coverage-branches",
  "--test-coverage-exclude",
  "--test-coverage-functions",
  "--test-coverage-include",
  "--test-coverage-lines",
  "--test-global-setup",
  "--test-isolation",
  "--experimental-test-isolation",
  "--test-name-pattern",
  "--test-random-seed",
  "--test-rerun-failures",
  "--test-reporter",
  "--test-reporter-destination",
  "--test-shard",
  "--test-skip-pattern",
  "--test-timeout",
]);
/** Code, or a command of package.json: nothing that has a file name. */
const CODE = /^(?:-e|-p|-pe|--eval|--print|--run)(?:=|$)/;

/** The first argument that is neither an option nor an option's value. */
export function nodeProgram(args: readonly string[]): FoundProgram | undefined {
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? "";
    if (arg === "--") return found("file", args[index + 1]);
    if (arg === "-" || CODE.test(arg)) return undefined;
    // Node takes underscores for dashes in its long options (src/node_options-inl.h).
    if (VALUED.has(arg.replace(/(?<=.)_/g, "-"))) index++;
    else if (!arg.startsWith("-")) return found("file", arg);
  }
  return undefined;
}
