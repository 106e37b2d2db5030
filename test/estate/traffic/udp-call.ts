import { createSocket } from "node:dgram";
import { hostname } from "node:os";
import { appendRecord } from "./call-log.ts";
import type { PlannedCall } from "./script.ts";

const NO_ANSWER_MS = 3000;

/** Sends one datagram from a socket of its own, connected or not as planned, and logs it once the server answered. */
export function makeUdpCall({ address, port, connected = false, holdMs }: PlannedCall, log: string): Promise<boolean> {
  const socket = createSocket("udp4");
  return new Promise((resolve) => {
    const timer = setTimeout(() => end(false), NO_ANSWER_MS);
    function end(isAnswered: boolean): void {
      clearTimeout(timer);
      socket.close();
      resolve(isAnswered);
    }
    socket.once("error", () => end(false));
    // An unconnected socket does not know its own address: the server's answer says what it saw.
    socket.once("message", (answer) => {
      appendRecord(log, {
        event: "opened",
        time: new Date().toISOString(),
        clientHost: hostname(),
        clientAddress: answer.toString(),
        clientPort: socket.address().port,
        serverAddress: address,
        serverPort: port,
        protocol: "udp",
        connected,
      });
      setTimeout(() => end(true), holdMs);
    });
    if (connected) socket.connect(port, address, () => socket.send("ping"));
    else socket.send("ping", port, address);
  });
}
