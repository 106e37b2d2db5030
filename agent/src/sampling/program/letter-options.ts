import { found } from "./found-program.ts";
import type { FoundProgram } from "./found-program.ts";

/** Options of one letter, several of which may share an argument, as getopt has them. Letters not named are flags. */
interface LetterOptions {
  /** The value is code: no program. */
  code: string;
  /** The value is the rest of the argument, or else the next one. */
  valued: string;
  /** The value, if any, is the rest of the argument. */
  attached: string;
  /** The value is a module's name. */
  module: string;
  /** The value is the script. */
  script: string;
  /** Long options whose value may be the next argument. */
  longValued: readonly string[];
  longCode: readonly string[];
  longScript: readonly string[];
  /** What follows `--`: the script, or arguments of a script from standard input. */
  afterDashes: "script" | "arguments";
}

const NONE: LetterOptions = {
  code: "",
  valued: "",
  attached: "",
  module: "",
  script: "",
  longValued: [],
  longCode: [],
  longScript: [],
  afterDashes: "script",
};

/** python(1), CPython 3.14. */
const PYTHON: LetterOptions = {
  ...NONE,
  code: "c",
  valued: "WXQ",
  module: "m",
  longValued: ["--check-hash-based-pycs"],
};
/** ruby(1), 3.4. */
const RUBY: LetterOptions = {
  ...NONE,
  code: "e",
  valued: "ICEr",
  attached: "0FKTWix",
  longValued: [
    "--backtrace-limit",
    "--disable",
    "--dump",
    "--enable",
    "--encoding",
    "--external-encoding",
    "--internal-encoding",
    "--parser",
  ],
};
/** perlrun(1), 5.40. Digits after -0 and -l are taken with the flags. */
const PERL: LetterOptions = { ...NONE, code: "eE", valued: "I", attached: "CDFMVdimx" };
/** php --help of the command line interface, 8.4. */
const PHP: LetterOptions = {
  ...NONE,
  code: "rBRE",
  valued: "ctdSzTg",
  script: "fF",
  longValued: ["--php-ini", "--docroot", "--define", "--server", "--zend-extension", "--bindpath", "--timing"],
  longCode: ["--run", "--process-begin", "--process-code", "--process-end"],
  longScript: ["--file", "--process-file"],
  afterDashes: "arguments",
};

export const pythonProgram = (args: readonly string[]): FoundProgram | undefined => scan(args, PYTHON);
export const rubyProgram = (args: readonly string[]): FoundProgram | undefined => scan(args, RUBY);
export const perlProgram = (args: readonly string[]): FoundProgram | undefined => scan(args, PERL);
export const phpProgram = (args: readonly string[]): FoundProgram | undefined => scan(args, PHP);

/** The first argument that is neither an option nor an option's value, unless an option names the program before. */
function scan(args: readonly string[], options: LetterOptions): FoundProgram | undefined {
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? "";
    if (arg === "--") return options.afterDashes === "script" ? found("file", args[index + 1]) : undefined;
    if (arg === "-") return undefined;
    if (!arg.startsWith("-")) return found("file", arg);
    const read = arg.startsWith("--")
      ? readLong(arg, args[index + 1], options)
      : readLetters(arg, args[index + 1], options);
    if (read === "code") return undefined;
    if (typeof read === "object") return read.program;
    if (read === "takes next") index++;
  }
  return undefined;
}

type Read = "flag" | "takes next" | "code" | { program: FoundProgram | undefined };

function readLong(arg: string, next: string | undefined, options: LetterOptions): Read {
  const equals = arg.indexOf("=");
  const name = equals === -1 ? arg : arg.slice(0, equals);
  if (options.longCode.includes(name)) return "code";
  if (options.longScript.includes(name)) {
    return { program: found("file", equals === -1 ? next : arg.slice(equals + 1)) };
  }
  return equals === -1 && options.longValued.includes(name) ? "takes next" : "flag";
}

function readLetters(arg: string, next: string | undefined, options: LetterOptions): Read {
  for (let at = 1; at < arg.length; at++) {
    const letter = arg.charAt(at);
    const rest = arg.slice(at + 1);
    if (options.code.includes(letter)) return "code";
    if (options.module.includes(letter)) return { program: found("name", rest === "" ? next : rest) };
    if (options.script.includes(letter)) return { program: found("file", rest === "" ? next : rest) };
    if (options.valued.includes(letter)) return rest === "" ? "takes next" : "flag";
    // Digits belong to a numeric value; letters may go on behind them, as in perl's -0777ne.
    if (options.attached.includes(letter) && !/^\d/.test(rest)) return "flag";
  }
  return "flag";
}
