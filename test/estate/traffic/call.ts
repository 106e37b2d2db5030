import { connect, type Socket } from "node:net";
import { hostname } from "node:os";
import { appendRecord } from "./call-log.ts";
import { LONGEST_ATTEMPT_MS, type PlannedCall } from "./script.ts";

/**
 * Makes one connection as planned, and logs what really happened: when it stood, and which end's FIN came first.
 * Resolves when it is over; a failed one is logged, too, and resolves to false.
 */
export function makeCall(call: Omit<PlannedCall, "atMs">, log: string): Promise<boolean> {
  const client = connect({ host: call.address, port: call.port });
  let closing: NodeJS.Timeout | undefined;
  let opened: ReturnType<typeof endsOf> | undefined;
  return new Promise((resolve) => {
    let serverClosed = false;
    client.once("connect", () => {
      opened = endsOf(client, call);
      const wish = `${JSON.stringify({ closedBy: call.closedBy, holdMs: call.holdMs, reset: call.reset })}\n`;
      appendRecord(log, { event: "opened", time: now(), ...opened, bytes: wish.length });
      client.write(wish);
    });
    // Only after the server's answer: to close with its bytes unread would send a reset.
    client.once("data", () => {
      if (call.closedBy === "client") {
        closing = setTimeout(() => (call.reset === true ? client.resetAndDestroy() : client.end()), call.holdMs);
      }
    });
    client.on("data", () => {});
    client.once("end", () => {
      serverClosed = !client.writableEnded;
    });
    client.once("error", (error: NodeJS.ErrnoException) => {
      if (isReset(error)) return;
      const { address: serverAddress, port: serverPort } = call;
      appendRecord(log, {
        event: "failed",
        time: now(),
        clientHost: hostname(),
        serverAddress,
        serverPort,
        reason: error.message,
      });
    });
    client.once("close", () => {
      clearTimeout(closing);
      const isDone = client.errored === null || isReset(client.errored);
      if (isDone && opened !== undefined) {
        const reset = call.reset === true;
        const closedBy = serverClosed || (reset && call.closedBy === "server") ? "server" : "client";
        appendRecord(log, { event: "closed", time: now(), ...opened, closedBy, reset });
      }
      resolve(isDone);
    });
  });

  function isReset(error: NodeJS.ErrnoException): boolean {
    return opened !== undefined && call.reset === true && error.code === "ECONNRESET";
  }
}

/** Makes one attempt that must fail in the way planned; logs it, and resolves to whether it did. */
export function tryInVain(
  { address: serverAddress, port: serverPort }: PlannedCall,
  fails: "refused" | "unanswered",
  log: string,
): Promise<boolean> {
  const client = connect({ host: serverAddress, port: serverPort });
  const timer = setTimeout(() => client.destroy(), LONGEST_ATTEMPT_MS);
  return new Promise((resolve) => {
    client.once("connect", () => resolve(false));
    client.once("error", () => {});
    client.once("close", () => {
      clearTimeout(timer);
      const isRefused = client.errored !== null && Reflect.get(client.errored, "code") === "ECONNREFUSED";
      const reason = isRefused ? "refused" : "unanswered";
      appendRecord(log, { event: "failed", time: now(), clientHost: hostname(), serverAddress, serverPort, reason });
      resolve(reason === fails);
    });
  });
}

function endsOf(client: Socket, call: Omit<PlannedCall, "atMs">) {
  return {
    clientHost: hostname(),
    clientAddress: client.localAddress ?? "",
    clientPort: client.localPort ?? 0,
    serverAddress: client.remoteAddress ?? call.address,
    serverPort: client.remotePort ?? call.port,
  };
}

function now(): string {
  return new Date().toISOString();
}
