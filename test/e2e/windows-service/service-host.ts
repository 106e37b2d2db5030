import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { EstatePlan } from "../../estate/plan.ts";
import { NODE_EXE, type WindowsHost } from "../../estate/windows/windows-host.ts";
import { COLLECTOR_HOST } from "../lab-plan.ts";

export const SERVICE_PORT = 8099;
export const SERVICE_HOST = "winapp1";
/** A Windows host and a collector, in networks of their own. */
export const SERVICE_ESTATE: EstatePlan = {
  segments: [
    { name: "servers", cidr: "10.93.1.0/24" },
    { name: "management", cidr: "10.93.9.0/24" },
  ],
  hosts: [
    { name: SERVICE_HOST, segment: "servers", address: "10.93.1.11" },
    { name: COLLECTOR_HOST, segment: "management", address: "10.93.9.10" },
  ],
};

/** Leaves what an administrator brings along: `token` and `agent.json`. @returns the secret in the token. */
export function leaveToken(folder: string, token: string): string {
  writeFileSync(join(folder, "token"), token);
  writeFileSync(join(folder, "agent.json"), JSON.stringify({ sampleSeconds: 1, reportSeconds: 5, cpuPercent: 100 }));
  const content: { secret: string } = JSON.parse(Buffer.from(token.slice(4), "base64url").toString());
  return content.secret;
}

/** Somebody else's program on {@link SERVICE_PORT}; it writes its pid to `listener.log`. */
export async function startListener(windows: WindowsHost): Promise<void> {
  const listen = `console.log(JSON.stringify({ pid: process.pid })); net.createServer().listen(${SERVICE_PORT})`;
  windows.spawn([NODE_EXE, "-e", listen], { log: "listener.log" });
  await windows.host.waitForListener(SERVICE_PORT);
}
