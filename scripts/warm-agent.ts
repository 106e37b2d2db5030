// Fills the cache of stripped types (NODE_COMPILE_CACHE) for the agent, once after an install: a process that must strip
// them itself weighs 30 MB more for as long as it lives. V8's options are part of the cache's key.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { LIGHT_ENGINE_FLAGS } from "@portolan/agent";
import { root } from "./run-step.ts";

const PROGRAMS = new Set(["main.ts", "child.ts"]);
const source = join(root, "agent", "src");
const modules = readdirSync(source, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts") && !PROGRAMS.has(basename(file)))
  .map((file) => pathToFileURL(join(source, file)).href);
const imports = `for (const module of ${JSON.stringify(modules)}) await import(module).catch(() => {});`;
spawnSync(process.execPath, [...LIGHT_ENGINE_FLAGS, "--input-type=module", "-e", imports]);
spawnSync(process.execPath, [...LIGHT_ENGINE_FLAGS, join(source, "main.ts"), "--version"]);
