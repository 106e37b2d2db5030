import { fork, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Done, Order } from "./power-disk.ts";

const PROGRAM = fileURLToPath(new URL("./power-disk.ts", import.meta.url));

/** True where the machine lets this process be a disk. */
export const mayBeADisk = process.getuid?.() === 0 && existsSync("/dev/fuse");

export interface PowerDisk {
  /** Where it is mounted. Another process answers for it, so it may be read in any way. */
  folder: string;
  /** Everything so far counts as synced. */
  settle(): Promise<void>;
  /**
   * The power fails: programs that use the disk must be dead. What was not synced is lost, all of it with seed 0; with
   * another some of it survives, torn. Resolves when the disk is back.
   */
  cutPower(seed: number): Promise<{ lostWrites: number; lostNames: number }>;
  /** Nothing of it stays. */
  remove(): Promise<void>;
}

export async function mountPowerDisk(): Promise<PowerDisk> {
  const folder = mkdtempSync(join(tmpdir(), "portolan-power-"));
  const program = fork(PROGRAM, [folder], { execArgv: [] });
  const told = async (): Promise<Done> => ((await once(program, "message")) as [Done])[0];
  const order = (wanted: Order): Promise<Done> => {
    const done = told();
    program.send(wanted);
    return done;
  };
  const failed = once(program, "exit").then(() => Promise.reject(new Error("the power disk ended")));
  failed.catch(() => {});
  await Promise.race([told(), failed]);
  return {
    folder,
    settle: async () => void (await Promise.race([order({ order: "settle" }), failed])),
    cutPower: (seed) => Promise.race([order({ order: "cut", seed }), failed]),
    async remove() {
      if (program.connected) program.disconnect();
      await failed.catch(() => {});
      // Should it have died of an error of its own.
      spawnSync("umount", ["-l", folder]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
