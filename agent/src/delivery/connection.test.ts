import { createServer } from "node:net";
import { expect, test } from "vitest";
import { openConnection } from "./connection.ts";

const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;

test("an answer that is cut off is an error, and leaves no timer that would keep a stopping agent alive", async () => {
  const server = createServer((socket) => {
    socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const url = new URL(`http://127.0.0.1:${port}`);
  const connection = openConnection(url);
  const before = timers();
  try {
    await expect(connection.post(url, {}, Buffer.from("{}"), 30_000)).rejects.toThrow();
    expect(timers()).toBe(before);
  } finally {
    connection.close();
    server.close();
  }
});
