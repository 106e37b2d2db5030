import { execFile } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { runsUnderCi } from "../config.ts";
import { freePort, openWorkplace } from "../e2e/local-collector.ts";
import { enrolmentToken } from "./enrolment-token.ts";
import { mayBeADisk, mountPowerDisk } from "./mount-power-disk.ts";
import { integrityOf, openStorm } from "./report-storm.ts";
import { seeded } from "./seeded.ts";

// The data folder stands on a file system of the test's own (power-disk.ts). A cut kills the collector and leaves, in
// turn, exactly what it had synced, files' content and folders' names each for themselves as POSIX has it; or that and
// a seeded part of the rest, writes in any order and torn at sectors, as a disk's cache would. It is stricter than ext4,
// XFS or btrfs, which write a new file's name with its content. It does not simulate a disk that lies about a flush.

const CYCLES = 50;
const SENDERS = 5;
const FLOWS_PER_REPORT = 8;
const LONGEST_MS = 500;

test.skipIf(!mayBeADisk && !runsUnderCi)(
  "a collector whose power fails 50 times keeps every answered report (needs root and /dev/fuse)",
  { timeout: 600_000 },
  async () => {
    const random = seeded(20261121);
    const work = openWorkplace();
    const disk = await mountPowerDisk();
    const data = join(disk.folder, "data");
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    let lostWrites = 0;
    let lostNames = 0;
    try {
      let life = await work.serve(data, port);
      const storm = await openStorm(url, await enrolmentToken(url, data), SENDERS, FLOWS_PER_REPORT);
      for (let cycle = 0; cycle < CYCLES; cycle++) {
        const gone = storm.send(url);
        await sleep(random() * LONGEST_MS);
        process.kill(life.pid ?? 0, "SIGKILL");
        // Neither a host nor its enrolment may be forgotten: that would be an answer of 401.
        expect(await gone).toEqual([]);
        await life.ended;
        const lost = await disk.cutPower(cycle % 2 === 0 ? 0 : 1 + Math.floor(random() * 1e6));
        lostWrites += lost.lostWrites;
        lostNames += lost.lostNames;
        life = await work.serve(data, port);
      }
      expect(await storm.send(url, 1)).toEqual([]);
      expect(await life.stop()).toBe(0);
      const { answered, duplicates } = storm.tally();
      const differences = await storm.differences(data);
      process.stdout.write(
        `power cut ${CYCLES} times: ${answered} reports answered, ${differences.length} flows lost or counted twice, ` +
          `${duplicates} came again after a commit without an answer; the disk forgot ${lostWrites} writes, ` +
          `${lostNames} changes of names\n`,
      );
      expect(differences).toEqual([]);
      expect(integrityOf(join(data, "portolan.db"))).toEqual([]);
      // The disk did forget.
      expect(lostWrites).toBeGreaterThan(CYCLES / 2);
      expect(answered).toBeGreaterThan(CYCLES);
    } finally {
      work.close();
      await disk.remove();
    }
  },
);

const TLS = new URL("../../collector/src/tls/certificates.ts", import.meta.url).href;
const PRINT_PIN = `const { serverCertificate } = await import(process.argv[1]);
  console.log((await serverCertificate(process.argv[2], "chart01", "192.0.2.1", Date.now())).caSha256);`;

test.skipIf(!mayBeADisk && !runsUnderCi)(
  "the collector's CA outlives a power cut right after it was made: agents pin it (needs root and /dev/fuse)",
  async () => {
    const disk = await mountPowerDisk();
    const pin = async (): Promise<string> => {
      const args = ["--input-type=module", "-e", PRINT_PIN, TLS, disk.folder];
      return (await promisify(execFile)(process.execPath, args)).stdout;
    };
    try {
      const made = await pin();
      expect(made).toMatch(/^[0-9a-f]{64}\n$/);
      for (const seed of [0, 1, 2, 3]) {
        await disk.cutPower(seed);
        expect(await pin()).toBe(made);
      }
    } finally {
      await disk.remove();
    }
  },
);
