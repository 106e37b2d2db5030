import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createApi } from "./api.ts";

test("finds this machine's agent also on the second page: it must not enrol anew at each start", async () => {
  const server = createServer((request, response) => {
    const isSecond = new URL(request.url ?? "", "http://double").searchParams.get("cursor") === "p 2";
    response.setHeader("content-type", "application/json");
    response.end(
      JSON.stringify({ items: [{ id: isSecond ? "ours" : "another" }], nextCursor: isSecond ? null : "p 2" }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const data = mkdtempSync(join(tmpdir(), "portolan-start-"));
  try {
    const port = typeof address === "object" ? address?.port : undefined;
    writeFileSync(join(data, "cli.json"), JSON.stringify({ url: `http://127.0.0.1:${port}`, token: "synthetic" }));
    expect((await createApi(data).agents()).map(({ id }) => id)).toEqual(["another", "ours"]);
  } finally {
    server.close();
    server.closeAllConnections();
    rmSync(data, { recursive: true });
  }
});
