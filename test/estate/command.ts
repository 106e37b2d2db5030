import { execFile } from "node:child_process";

/** What the lab's own commands see; nothing of the caller's environment comes in. */
export const LAB_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** A command that the lab itself needs (ip, mount) failed. */
class LabCommandError extends Error {
  override name = "LabCommandError";
}

/** Runs a command of the machine to its end and returns its standard output. `input` goes to its standard input. */
export function command(argv: readonly [string, ...string[]], input = ""): Promise<string> {
  const [file, ...rest] = argv;
  return new Promise((resolve, reject) => {
    const child = execFile(file, rest, { env: { PATH: LAB_PATH }, timeout: 30_000 }, (error, stdout, stderr) => {
      if (error === null) {
        resolve(stdout);
      } else {
        reject(new LabCommandError(`${argv.join(" ")}: ${stderr.trim() || error.message}\n${input}`, { cause: error }));
      }
    });
    // A command that reads nothing may be over by now.
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
  });
}
