import { found } from "./found-program.ts";
import type { FoundProgram } from "./found-program.ts";

/** Options of the host whose value is the next argument (`dotnet --help`, .NET 9). */
const VALUED = new Set([
  "--additionalprobingpath",
  "--additional-deps",
  "--depsfile",
  "--fx-version",
  "--roll-forward",
  "--roll-forward-on-no-candidate-fx",
  "--runtimeconfig",
]);

/** The assembly of `dotnet [exec] [options] x.dll`; the SDK's own commands (run, test …) start another process for it. */
export function dotnetProgram(args: readonly string[]): FoundProgram | undefined {
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? "";
    if (VALUED.has(arg.toLowerCase())) index++;
    else if (!arg.startsWith("-") && !(index === 0 && arg === "exec")) {
      return /\.(?:dll|exe)$/i.test(arg) ? found("file", arg) : undefined;
    }
  }
  return undefined;
}
