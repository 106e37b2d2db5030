/** The server of the recall lab: answers, and closes where the port says that the server closes. */
import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import { closingOf, lifetimeOf, ports, SERVERS, TCP_PORTS, UDP_PORTS } from "./recall-plan.ts";

for (const port of ports(TCP_PORTS)) {
  createServer((socket) => {
    const closing = closingOf(port);
    socket.on("error", () => {});
    socket.on("data", () => {
      socket.write("ab");
      if (closing === "server FIN") setTimeout(() => socket.end(), lifetimeOf(port));
      if (closing === "server reset") setTimeout(() => socket.resetAndDestroy(), lifetimeOf(port));
    });
  }).listen(port, "0.0.0.0", 1024);
}
for (const port of ports(UDP_PORTS)) {
  for (const address of SERVERS) {
    const socket = createSocket("udp4");
    socket.on("message", (_, peer) => socket.send("pong", peer.port, peer.address));
    socket.bind(port, address);
  }
}
process.stdout.write("ready\n");
process.stdin.on("end", () => process.exit()).resume();
