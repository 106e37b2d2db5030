import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Draft, openSpool } from "@portolan/agent";
import { expect, test } from "vitest";
import { seeded } from "./seeded.ts";

// 10,000 seeded offsets: half of them one flipped bit, half a file that ends there.

const OFFSETS = 10_000;
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

function syntheticDraft(name: string): Draft {
  const random = seeded(name.length);
  const at = "2026-11-20T12:00:00.000Z";
  const flows = Array.from({ length: 120 }, (_, index) => ({
    direction: "inbound" as const,
    protocol: "tcp" as const,
    localAddress: "10.0.0.1",
    remoteAddress: `10.${Math.floor(random() * 256)}.${index % 256}.${Math.floor(random() * 256)}`,
    serverPort: 8000 + index,
    process: 0,
    connections: index,
    firstSeen: at,
    lastSeen: at,
    sources: ["synthetic"],
  }));
  return {
    protocolVersion: 1,
    window: { from: at, to: at },
    timeZone: "UTC",
    sources: [],
    processes: [{ name }],
    flows,
  };
}

test("a flipped bit or a cut anywhere costs one report, which is put aside and counted", async () => {
  const root = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "portolan-damage-"));
  const directory = join(root, "spool");
  const quarantineDirectory = join(root, "quarantine");
  const limits = { limitBytes: 1e6, quarantineLimitBytes: 1e6, agentVersion: "0.1.0" };
  const open = () => openSpool({ directory, quarantineDirectory, ...limits, log: quiet });
  const [spoiled, intact] = [syntheticDraft("spoiled"), syntheticDraft("intact")];
  const intactText = JSON.stringify(intact);
  try {
    mkdirSync(directory);
    mkdirSync(quarantineDirectory);
    const spool = await open();
    await spool.add(spoiled);
    await spool.add(intact);
    const files = readdirSync(directory)
      .sort()
      .map((name) => ({ path: join(directory, name), content: readFileSync(join(directory, name)) }));
    const whole = files[0]?.content ?? Buffer.alloc(0);
    const random = seeded(20261121);
    for (let round = 0; round < OFFSETS; round++) {
      rmSync(directory, { recursive: true });
      mkdirSync(directory);
      const offset = Math.floor(random() * whole.length);
      const damaged = round % 2 === 0 ? Buffer.from(whole) : whole.subarray(0, offset);
      if (round % 2 === 0) damaged[offset] = (whole[offset] ?? 0) ^ (1 << Math.floor(random() * 8));
      // In turn before the start, and under a running agent.
      const running = round % 4 < 2 ? undefined : (writeAll(files), await open());
      writeAll(files.map(({ path, content }, index) => ({ path, content: index === 0 ? damaged : content })));
      const again = running ?? (await open());
      const left = await again.oldest();
      if (left?.draft.processes[0]?.name !== "intact") throw new Error(`offset ${offset}: damage was not noticed`);
      if (JSON.stringify(left.draft) !== intactText) throw new Error(`offset ${offset}: the other report changed`);
      await again.answered();
      expect(await again.oldest()).toBeUndefined();
      expect(again.size()).toMatchObject({ reports: 0, damaged: 1, quarantined: 1 });
    }
    process.stdout.write(
      `${OFFSETS} offsets in a record of ${whole.length} bytes: ${OFFSETS} noticed, 0 others lost\n`,
    );
  } finally {
    rmSync(root, { recursive: true });
  }
});

function writeAll(files: { path: string; content: Uint8Array }[]): void {
  for (const { path, content } of files) writeFileSync(path, content);
}
