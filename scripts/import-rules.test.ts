import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "./run-step.ts";

/** A tree of the repository's shape in which every rule is broken once; planted apart, so that a crash leaves nothing behind. */
const PLANTED: [file: string, content: string, rule: string][] = [
  [
    "packages/graph/src/reads.ts",
    'import { readFileSync } from "node:fs"; export const f = readFileSync;',
    "pure-packages-do-no-io",
  ],
  [
    "packages/protocol/src/up.ts",
    'import * as graph from "@portolan/graph"; export const f = graph;',
    "packages/protocol-imports",
  ],
  [
    "packages/firewall/src/near.ts",
    'import { x } from "../../graph/src/index.ts"; export const f = x;',
    "no-relative-import-across-packages",
  ],
  ["agent/src/heavy.ts", 'import { p } from "@portolan/protocol"; export const f = p;', "agent-protocol-types-only"],
  [
    "agent/src/sampling/linux/other.ts",
    'import { w } from "../windows/index.ts"; export const f = w;',
    "platforms-apart",
  ],
  [
    "agent/src/sampling/linux/parse-rows.ts",
    'import { readFileSync } from "node:fs"; export const f = readFileSync;',
    "parsers-take-bytes",
  ],
  [
    "agent/src/sampling/windows/ask.ts",
    'import { spawn } from "node:child_process"; export const f = spawn;',
    "windows-sampling-starts-no-process",
  ],
  [
    "collector/src/routes/sql.ts",
    'import Database from "better-sqlite3"; export const f = Database;',
    "sqlite-behind-storage",
  ],
  [
    "collector/src/help.ts",
    'import { t } from "../../test/estate/index.ts"; export const f = t;',
    "nothing-imports-tests",
  ],
  ["collector/src/a.ts", 'import { b } from "./b.ts"; export const a = b;', "no-cycles"],
  ["collector/src/lost.ts", 'import { gone } from "./gone.ts"; export const f = gone;', "resolvable"],
];

describe("import rules", () => {
  let tree = "";
  let output = "";
  beforeAll(() => {
    tree = mkdtempSync(join(tmpdir(), "portolan-rules-"));
    const files: [string, string][] = [
      ...PLANTED.map(([file, content]): [string, string] => [file, content]),
      ["packages/graph/src/index.ts", "export const x = 1;"],
      ["packages/protocol/src/index.ts", "export const p = 1;"],
      ["agent/src/sampling/windows/index.ts", "export const w = 1;"],
      ["test/estate/index.ts", "export const t = 1;"],
      ["collector/src/b.ts", 'import { a } from "./a.ts"; export const b = a;'],
      ["node_modules/better-sqlite3/index.js", "module.exports = 1;"],
      ["node_modules/better-sqlite3/package.json", '{"name":"better-sqlite3","main":"index.js"}'],
      ...["graph", "protocol"].map((name): [string, string] => [
        `packages/${name}/package.json`,
        `{"name":"@portolan/${name}","type":"module","exports":"./src/index.ts"}`,
      ]),
    ];
    for (const [file, content] of files) {
      mkdirSync(dirname(join(tree, file)), { recursive: true });
      writeFileSync(join(tree, file), content);
    }
    mkdirSync(join(tree, "node_modules/@portolan"), { recursive: true });
    for (const name of ["graph", "protocol"])
      symlinkSync(`../../packages/${name}`, join(tree, "node_modules/@portolan", name));
    const done = spawnSync(
      join(root, "node_modules/.bin/depcruise"),
      [
        "--config",
        join(root, ".dependency-cruiser.mjs"),
        "--output-type",
        "err",
        "agent",
        "collector",
        "packages",
        "test",
      ],
      { cwd: tree, encoding: "utf8" },
    );
    expect(done.status).not.toBe(0);
    output = done.stdout + done.stderr;
  }, 60_000);
  afterAll(() => rmSync(tree, { recursive: true, force: true }));

  it.each(PLANTED)("%s fails the check", (file, _content, rule) => {
    const hits = output.split("\n").filter((line) => line.includes(`${rule}:`) && line.includes(file));
    expect(hits, output).not.toEqual([]);
  });
});
