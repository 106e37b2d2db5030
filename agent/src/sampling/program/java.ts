import { found } from "./found-program.ts";
import type { FoundProgram } from "./found-program.ts";

/** Options of the launcher whose value is the next argument (java(1), JDK 8 to 25). */
const VALUED = new Set([
  "-cp",
  "-classpath",
  "--class-path",
  "-p",
  "--module-path",
  "--upgrade-module-path",
  "--add-modules",
  "--limit-modules",
  "--add-reads",
  "--add-exports",
  "--add-opens",
  "--patch-module",
  "--enable-native-access",
  "--illegal-native-access",
  "--describe-module",
  "-d",
  "--source",
]);

/**
 * `-jar FILE`, `-m MODULE[/CLASS]`, a main class, or a source file. An @file is not read; it may name the program, and
 * then all that follows are the program's arguments: behind one only a jar is taken, and only by its extension.
 */
export function javaProgram(args: readonly string[]): FoundProgram | undefined {
  const file = args.findIndex((arg) => arg.startsWith("@"));
  const program = programIn(file === -1 ? args : args.slice(0, file));
  if (program !== undefined || file === -1) return program;
  const option = args.indexOf("-jar", file);
  const jar = option === -1 ? undefined : args[option + 1];
  return jar?.endsWith(".jar") === true ? found("file", jar) : undefined;
}

function programIn(args: readonly string[]): FoundProgram | undefined {
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? "";
    if (arg === "-jar") return found("file", skipFlags(args, index + 1));
    if (arg === "-m" || arg === "--module") return moduleProgram(args[index + 1]);
    if (arg.startsWith("--module=")) return moduleProgram(arg.slice("--module=".length));
    if (VALUED.has(arg)) index++;
    else if (!arg.startsWith("-") && arg !== "") {
      return /[/\\]|\.(?:java|jar)$/.test(arg) ? found("file", arg) : found("name", arg);
    }
  }
  return undefined;
}

/** Options may stand between -jar and the jar. */
function skipFlags(args: readonly string[], start: number): string | undefined {
  for (let index = start; index < args.length; index++) {
    const arg = args[index] ?? "";
    if (VALUED.has(arg)) index++;
    else if (!arg.startsWith("-")) return arg;
  }
  return undefined;
}

function moduleProgram(text: string | undefined): FoundProgram | undefined {
  return found("name", text?.split("/", 2).at(-1));
}
