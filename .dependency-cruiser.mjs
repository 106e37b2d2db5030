const PURE = "^packages/(graph|firewall|waves)/src/";
const TESTS = "(\\.test\\.ts|\\.contract\\.ts|vitest\\.config\\.ts)$";

/** A folder may import only the named packages of ours. */
function only(folder, allowed, why) {
  return {
    name: `${folder}-imports`,
    severity: "error",
    comment: `${why} Either the code doesn't belong in ${folder}, or the design's import table must change first.`,
    from: { path: `^${folder}/`, pathNot: TESTS },
    to: {
      path: "^(packages|agent|collector|test|scripts)/",
      pathNot: [`^${folder}/`, ...allowed.map((name) => `^packages/${name}/src/index\\.ts$`)],
    },
  };
}

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    only(
      "packages/protocol",
      [],
      "The wire format stands alone: agent and collector of different versions share nothing else.",
    ),
    only(
      "packages/api",
      ["protocol"],
      "The API's shapes know only the wire format: a client must not drag in analysis code.",
    ),
    only("packages/graph", ["protocol"], "The graph knows evidence, not who stores, serves or exports it."),
    only(
      "packages/firewall",
      ["graph", "protocol"],
      "Rules follow from the graph alone, so that they can be checked without a collector.",
    ),
    only(
      "packages/waves",
      ["graph", "protocol"],
      "Waves follow from groups alone, so that a plan can be computed anywhere.",
    ),
    only(
      "packages/export",
      ["graph", "firewall", "waves", "protocol"],
      "Writers turn results into files; a writer that asks the collector is no writer.",
    ),
    only(
      "agent",
      ["protocol"],
      "The agent is a guest on somebody's server: what it does not import it does not weigh.",
    ),
    only(
      "collector",
      ["protocol", "api", "graph", "firewall", "waves", "export"],
      "The collector may use every package but the browser's.",
    ),
    {
      name: "agent-protocol-types-only",
      severity: "error",
      comment: "The agent imports types of the protocol, never its code: zod alone would weigh 10 MB on every server.",
      from: { path: "^agent/", pathNot: TESTS },
      to: { path: "^packages/protocol/", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "pure-packages-do-no-io",
      severity: "error",
      comment:
        "graph, firewall and waves are pure: a result that depends on a file, the network or the clock can't be reproduced.",
      from: { path: PURE, pathNot: TESTS },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "no-relative-import-across-packages",
      severity: "error",
      comment:
        "A relative path into another package goes around its public interface: import it by name, or let the interface grow.",
      from: { path: "^(packages/[^/]+|agent|collector|test|scripts)/" },
      to: {
        path: "^(packages/[^/]+|agent|collector|test|scripts)/",
        pathNot: "^$1/",
        dependencyTypes: ["local"],
        dependencyTypesNot: ["aliased", "localmodule"],
      },
    },
    {
      name: "platforms-apart",
      severity: "error",
      comment:
        "Linux and Windows code never import each other: what both need belongs beside them, not in one of them.",
      from: { path: "^agent/src/(sampling|directory|inventory|load)/(linux|windows)/" },
      to: { path: "^agent/src/$1/(linux|windows)/", pathNot: "^agent/src/$1/$2/" },
    },
    {
      name: "platforms-behind-their-index",
      severity: "error",
      comment:
        "What an operating system offers is asked for through the folder's index.ts, which alone names the platform: code that imports it directly fails on the other system.",
      from: {
        path: "^agent/src/",
        pathNot: ["^agent/src/(sampling|directory|inventory|load)/(index\\.ts|linux/|windows/)", TESTS],
      },
      to: { path: "^agent/src/(sampling|directory|inventory|load)/(linux|windows)/" },
    },
    {
      name: "parsers-take-bytes",
      severity: "error",
      comment:
        "A parser takes text or bytes and returns rows, so that a Windows parser is tested on Linux: reading is its caller's work.",
      from: { path: "/parse-[^/]+\\.ts$", pathNot: TESTS },
      to: { path: "^(node:)?(fs|child_process)" },
    },
    {
      name: "windows-sampling-starts-no-process",
      severity: "error",
      comment:
        "Windows is asked through its own calls: a child process each few seconds would weigh on the server, and its text depends on the language.",
      from: { path: "^agent/src/(sampling/)?windows/", pathNot: TESTS },
      to: { path: "^(node:)?child_process" },
    },
    {
      name: "sqlite-behind-storage",
      severity: "error",
      comment:
        "better-sqlite3 appears only under storage/sqlite, and where tests measure it or damage its files: everybody else sees the Storage interface, or PostgreSQL can never stand in.",
      from: { pathNot: "^(collector/src/storage/sqlite/|test/(bench|faults)/)" },
      to: { path: "better-sqlite3" },
    },
    {
      name: "nothing-imports-tests",
      severity: "error",
      comment:
        "test/ may use everything and nothing may use it: shipped code that needs a test helper is in the wrong place.",
      from: { pathNot: "^test/" },
      to: { path: "^test/" },
    },
    {
      name: "no-cycles",
      severity: "error",
      comment: "Two files that need each other are one idea in two places, or an interface is missing.",
      from: {},
      to: { circular: true },
    },
    {
      name: "resolvable",
      severity: "error",
      comment: "An import that can't be resolved works on one machine only.",
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "types"],
      extensions: [".ts", ".mjs", ".js", ".json"],
    },
  },
};
