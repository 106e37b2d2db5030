// A UDP server of the lab; a real program, run inside a host. Tells each client the address that it was seen with.
import { createSocket } from "node:dgram";
import { hostname } from "node:os";
import { appendRecord } from "./call-log.ts";
import { readPlan } from "./read-plan.ts";
import type { ServerPlan } from "./serve.ts";

const plan = readPlan<ServerPlan>();
const socket = createSocket("udp4");
socket.on("message", (_, { address: clientAddress, port: clientPort }) => {
  const ends = { serverAddress: plan.ownAddress ?? plan.address, serverPort: plan.port, clientAddress, clientPort };
  appendRecord(plan.log, { time: new Date().toISOString(), serverHost: hostname(), ...ends, protocol: "udp" });
  socket.send(clientAddress, clientPort, clientAddress);
});
socket.bind(plan.port, plan.address);
