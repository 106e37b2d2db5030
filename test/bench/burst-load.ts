/**
 * The load of the burst bench, as server or as client. The server resets each connection as soon as it stands. A client
 * connects so many times a second, to each of the ports in turn, and prints how often each address of its own was
 * connected to each port. SYNTHETIC traffic.
 */
import { connect, createServer } from "node:net";

const [role = "", ...rest] = process.argv.slice(2);
const FIRST_PORT = 10_000;
const PORTS = 40;
/** Enough to stop a client that the server cannot follow from filling the memory. */
const MOST_OPEN = 2000;

function serve(): void {
  for (let port = FIRST_PORT; port < FIRST_PORT + PORTS; port += 1) {
    createServer((socket) => {
      socket.on("error", () => {});
      socket.resetAndDestroy();
    }).listen({ port, host: "0.0.0.0", backlog: 4096, reusePort: true });
  }
  process.stdout.write("ready\n");
  process.stdin.on("end", () => process.exit()).resume();
}

function call(server: string, rate: number, seconds: number, addresses: readonly string[]): void {
  const counts = new Map<string, number>();
  const start = performance.now();
  let begun = 0;
  let open = 0;
  let connected = 0;
  const one = (): void => {
    const localAddress = addresses[begun % addresses.length] ?? "";
    const port = FIRST_PORT + (Math.floor(begun / addresses.length) % PORTS);
    begun += 1;
    open += 1;
    let hasStood = false;
    const stood = (): void => {
      if (hasStood) return;
      hasStood = true;
      const key = `${localAddress} ${port}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
      connected += 1;
    };
    const socket = connect({ host: server, port, localAddress }, stood);
    socket.on("error", ({ code }: NodeJS.ErrnoException) => {
      // The reset was here before this process looked: the connection stood. One that is refused has another code.
      if (code === "ECONNRESET") stood();
    });
    socket.on("close", () => (open -= 1));
  };
  const timer = setInterval(() => {
    const elapsed = Math.min(performance.now() - start, seconds * 1000);
    const due = Math.min(Math.floor((elapsed * rate) / 1000) - begun, MOST_OPEN - open);
    for (let index = 0; index < due; index += 1) one();
    if (elapsed < seconds * 1000 || open > 0) return;
    clearInterval(timer);
    const took = performance.now() - start;
    process.stdout.write(
      `${JSON.stringify({ counts: [...counts], connected, perSecond: (connected / took) * 1000 })}\n`,
    );
  }, 5);
}

if (role === "server") serve();
else call(rest[0] ?? "", Number(rest[1]), Number(rest[2]), rest.slice(3));
