import { createServer, type Socket } from "node:net";
import { hostname } from "node:os";
import { createInterface } from "node:readline";
import { appendRecord } from "./call-log.ts";
import type { End } from "./script.ts";

/** What a client is answered. */
export const ANSWER = "ok\n";

/** How a server program is told what to do: a JSON file whose path is its first argument. */
export interface ServerPlan {
  address: string;
  port: number;
  /** Of a UDP server, which is not told by which of its addresses it was called. */
  ownAddress?: string;
  log: string;
  /** Log of the calls that the program makes itself, and the port of its database. */
  calls?: string;
  databasePort?: number;
  /** Stop listening and end after this many connections came and went. */
  endsAfter?: number;
}

/** What a client asks for in its first line. */
interface Wish {
  closedBy: End;
  holdMs: number;
  reset?: boolean;
}

/** Listens, logs who came, answers each client's wish and, where the wish says so, closes first. */
export function serve(plan: ServerPlan, beforeAnswer: () => Promise<unknown> = async () => {}): void {
  let gone = 0;
  const server = createServer((client) => {
    appendRecord(plan.log, { time: new Date().toISOString(), serverHost: hostname(), ...endsOf(client) });
    // A reset is an error of both.
    const lines = createInterface(client).on("error", () => {});
    lines.once("line", (line) => void answer(client, line, beforeAnswer));
    client.on("error", () => {});
    client.once("close", () => {
      gone += 1;
      if (gone === plan.endsAfter) {
        server.close();
      }
    });
  });
  server.listen(plan.port, plan.address);
}

async function answer(client: Socket, line: string, beforeAnswer: () => Promise<unknown>): Promise<void> {
  const wish = JSON.parse(line) as Wish;
  await beforeAnswer();
  client.write(ANSWER);
  if (wish.closedBy === "server") {
    setTimeout(() => (wish.reset === true ? client.resetAndDestroy() : client.end()), wish.holdMs);
  }
}

function endsOf(client: Socket) {
  return {
    serverAddress: withoutMapping(client.localAddress),
    serverPort: client.localPort ?? 0,
    clientAddress: withoutMapping(client.remoteAddress),
    clientPort: client.remotePort ?? 0,
  };
}

/** A socket on "::" names IPv4 peers ::ffff:a.b.c.d. */
function withoutMapping(address = ""): string {
  return address.replace(/^::ffff:/, "");
}
