import { dotnetProgram } from "./dotnet.ts";
import type { FoundProgram } from "./found-program.ts";
import { javaProgram } from "./java.ts";
import { perlProgram, phpProgram, pythonProgram, rubyProgram } from "./letter-options.ts";
import { nodeProgram } from "./node.ts";

type Interpreter = (args: readonly string[]) => FoundProgram | undefined;

const INTERPRETERS: readonly (readonly [RegExp, Interpreter])[] = [
  [/^javaw?$/, javaProgram],
  [/^(?:pythonw?|pypy)\d*(?:\.\d+)*[a-z]?$/, pythonProgram],
  [/^node(?:js|-\d+)?$/, nodeProgram],
  [/^[jt]?ruby\d*(?:\.\d+)*$/, rubyProgram],
  [/^perl\d*(?:\.\d+)*$/, perlProgram],
  // php-fpm and php-cgi are not here: what they run comes with each request.
  [/^php\d*(?:\.\d+)*$/, phpProgram],
  [/^dotnet$/, dotnetProgram],
];

/** Longest program name kept, the protocol's limit of a name. */
const LONGEST = 255;

/** True for a program of which {@link programOf} wants the command line; no other's should even be read. */
export function isInterpreter(executable: string): boolean {
  return interpreterOf(executable) !== undefined;
}

/**
 * The file name of what an interpreter runs: jar, main class, script or module; undefined for any other program, for
 * code given on the command line, and where the arguments leave doubt. Nothing else of the command line comes out.
 *
 * @param executable path of the running file, with either kind of slash.
 * @param argv the command line, `argv[0]` included.
 */
export function programOf(executable: string, argv: readonly string[]): string | undefined {
  const found = interpreterOf(executable)?.(argv.slice(1));
  if (found === undefined) return undefined;
  if (found.kind === "name") return isPlainName(found.text) ? found.text : undefined;
  const name = fileName(found.text);
  const isName = name !== "" && name !== "." && name !== ".." && name.length <= LONGEST && !/\p{Cc}/u.test(name);
  return isName ? name : undefined;
}

function interpreterOf(executable: string): Interpreter | undefined {
  const name = fileName(executable)
    .replace(/\.exe$/i, "")
    .toLowerCase();
  return INTERPRETERS.find(([pattern]) => pattern.test(name))?.[1];
}

function fileName(path: string): string {
  return path.split(/[/\\]/).findLast((part) => part !== "") ?? "";
}

/** Classes and modules have no other characters; text that has is something else that took their place. */
function isPlainName(text: string): boolean {
  return text.length <= LONGEST && /^[\p{L}\p{N}_$][\p{L}\p{N}_$.\-/]*$/u.test(text);
}
