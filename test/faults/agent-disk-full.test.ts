import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { runsUnderCi } from "../config.ts";
import { startDurableCollector } from "./durable-collector.ts";
import { fillDisk } from "./fill-disk.ts";
import { startAgent } from "./running-agent.ts";

const mayMount = process.getuid?.() === 0;

// Under CI the test runs, and fails, where it may not mount.
test.skipIf(!mayMount && !runsUnderCi)(
  "an agent on a full disk keeps what it sees, and says so once (needs root)",
  async () => {
    const root = mkdtempSync(join(tmpdir(), "portolan-full-"));
    const disk = join(root, "disk");
    mkdirSync(disk);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", disk]);
    const collector = await startDurableCollector();
    const service = createServer((socket) => void socket.on("error", () => {}).end());
    await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
    const address = service.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const agent = startAgent(join(disk, "state"), collector.url);
    const full = (): number => agent.log().filter(({ msg }) => msg.includes("the spool cannot be written")).length;
    try {
      await vi.waitFor(() => expect(collector.reports.length).toBeGreaterThan(0), { timeout: 20_000, interval: 200 });
      const refill = () => fillDisk(join(disk, "ballast"));
      refill();
      // Seen while nothing can be written: over in a moment, so only the agent's memory knows of it.
      await Promise.all(Array.from({ length: 5 }, () => call(port)));
      // A report that was on its way is deleted once it is answered, and makes room for another.
      const isFull = () => {
        refill();
        expect(full()).toBe(1);
      };
      await vi.waitFor(isFull, { timeout: 20_000, interval: 200 });
      const before = collector.reports.length;
      await sleep(11_000);
      expect(full()).toBe(1);
      expect(agent.log().filter(({ msg }) => msg.includes("not written"))).toHaveLength(1);
      expect(collector.reports).toHaveLength(before);
      rmSync(join(disk, "ballast"));
      await vi.waitFor(() => expect(calls(collector.reports, port)).toBe(5), { timeout: 20_000, interval: 200 });
      expect(agent.log().some(({ msg }) => msg === "reports are spooled again")).toBe(true);
      expect(agent.child.exitCode).toBe(null);
      expect(collector.conflicts).toEqual([]);
    } finally {
      agent.child.kill("SIGKILL");
      await agent.ended;
      service.close();
      await collector.close();
      execFileSync("umount", [disk]);
      rmSync(root, { recursive: true });
    }
  },
);

function call(port: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.resume().on("close", () => resolve());
    socket.on("error", () => {});
  });
}

/** Connections to the port that were reported as inbound. */
function calls(reports: Awaited<ReturnType<typeof startDurableCollector>>["reports"], port: number): number {
  return reports
    .flatMap(({ flows }) => flows)
    .filter((flow) => flow.direction === "inbound" && flow.serverPort === port)
    .reduce((sum, { connections }) => sum + connections, 0);
}
