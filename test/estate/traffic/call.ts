import { connect, type Socket } from "node:net";
import { hostname } from "node:os";
import { appendRecord } from "./call-log.ts";
import type { PlannedCall } from "./script.ts";

/**
 * Makes one connection as planned, and logs what really happened: when it stood, and which end's FIN came first.
 * Resolves when it is over; a failed one is logged, too, and resolves to false.
 */
export function makeCall(call: Omit<PlannedCall, "atMs">, log: string): Promise<boolean> {
  const client = connect({ host: call.address, port: call.port });
  let closing: NodeJS.Timeout | undefined;
  return new Promise((resolve) => {
    let opened: ReturnType<typeof endsOf> | undefined;
    let serverClosed = false;
    client.once("connect", () => {
      opened = endsOf(client, call);
      appendRecord(log, { event: "opened", time: now(), ...opened });
      client.write(`${JSON.stringify({ closedBy: call.closedBy, holdMs: call.holdMs })}\n`);
    });
    // Only after the server's answer: to close with its bytes unread would send a reset.
    client.once("data", () => {
      if (call.closedBy === "client") {
        closing = setTimeout(() => client.end(), call.holdMs);
      }
    });
    client.on("data", () => {});
    client.once("end", () => {
      serverClosed = !client.writableEnded;
    });
    client.once("error", (error) => {
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
    client.once("close", (hadError) => {
      clearTimeout(closing);
      if (!hadError && opened !== undefined) {
        const closedBy = serverClosed ? "server" : "client";
        appendRecord(log, { event: "closed", time: now(), ...opened, closedBy });
      }
      resolve(!hadError);
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
