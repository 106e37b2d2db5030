/** A client of the recall lab: each target once, spread over the seconds given. Prints how many succeeded. */
import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { closingOf, isConnectedUdp, lifetimeOf, targets } from "./recall-plan.ts";

const [address = "", seconds = "150"] = process.argv.slice(2);

function tcp(server: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const closing = closingOf(port);
    const socket = connect({ host: server, port, localAddress: address }, () => socket.write("abc"));
    let isAnswered = false;
    socket.on("error", () => {});
    socket.once("data", () => {
      isAnswered = true;
      if (closing === "client FIN") setTimeout(() => socket.end(), lifetimeOf(port));
      if (closing === "client reset") setTimeout(() => socket.resetAndDestroy(), lifetimeOf(port));
    });
    socket.on("close", () => resolve(isAnswered));
  });
}

function udp(server: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    const timer = setTimeout(() => end(false), 3000);
    const end = (isAnswered: boolean): void => {
      clearTimeout(timer);
      socket.close();
      resolve(isAnswered);
    };
    socket.once("message", () => end(true));
    socket.bind(0, address, () => {
      if (!isConnectedUdp(port)) socket.send("ping", port, server);
      else socket.connect(port, server, () => socket.send("ping"));
    });
  });
}

const all = targets();
const start = performance.now();
const running = all.map(async ({ protocol, server, port }, index) => {
  await sleep((index * Number(seconds) * 1000) / all.length);
  return protocol === "tcp" ? tcp(server, port) : udp(server, port);
});
const answered = (await Promise.all(running)).filter(Boolean).length;
process.stdout.write(`${answered} of ${all.length} in ${((performance.now() - start) / 1000).toFixed(0)} s\n`);
