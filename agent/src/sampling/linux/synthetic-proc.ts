import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface SyntheticProcess {
  name: string;
  executable: string;
  argv: string[];
  inodes: number[];
  startTime?: number;
  user?: number;
  cgroup?: string;
}

/** A proc folder for tests: recorded socket tables, and synthetic processes that hold sockets of them. */
export function createSyntheticProc() {
  const root = mkdtempSync(join(tmpdir(), "portolan-proc-"));
  cpSync(new URL("fixtures/recorded/net", import.meta.url), join(root, "net"), { recursive: true });
  for (const folder of ["ipv4", "netfilter"]) mkdirSync(join(root, "sys/net", folder), { recursive: true });
  write("sys/net/ipv4/ip_local_port_range", "40000\t60999\n");
  mkdirSync(join(root, "1/fd"), { recursive: true });
  write("passwd", "root:x:0:0::/:/\nshop:x:1001:1001::/:/\n");

  function write(path: string, text: string): void {
    writeFileSync(join(root, path), text);
  }

  function addProcess(pid: number, process: SyntheticProcess): void {
    const { name, executable, argv, inodes, startTime = 5000, user = 1001, cgroup = "0::/\n" } = process;
    mkdirSync(join(root, `${pid}/fd`), { recursive: true });
    symlinkSync(executable, join(root, `${pid}/exe`));
    const beforeStart = Array.from({ length: 17 }, () => 0).join(" ");
    write(`${pid}/stat`, `${pid} (${name}) S 1 ${beforeStart} ${startTime} 0 0\n`);
    write(`${pid}/status`, `Name:\t${name}\nUid:\t${user}\t${user}\t${user}\t${user}\n`);
    write(`${pid}/cgroup`, cgroup);
    write(`${pid}/cmdline`, argv.map((text) => `${text}\0`).join(""));
    symlinkSync("/dev/null", join(root, `${pid}/fd/0`));
    for (const [index, inode] of inodes.entries())
      symlinkSync(`socket:[${inode}]`, join(root, `${pid}/fd/${index + 3}`));
  }

  function removeProcess(pid: number): void {
    rmSync(join(root, String(pid)), { recursive: true });
  }

  return {
    root,
    passwdFile: join(root, "passwd"),
    write,
    addProcess,
    removeProcess,
    removeFile: (path: string) => rmSync(join(root, path)),
    remove: () => rmSync(root, { recursive: true }),
  };
}
