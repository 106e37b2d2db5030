import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { resolveServeConfig } from "./config.ts";
import { CommandError } from "./errors.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "portolan-config-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function fileWith(text: string): string {
  const file = join(folder, "portolan.yaml");
  writeFileSync(file, text);
  return file;
}

function errorOf(run: () => unknown): CommandError {
  try {
    run();
  } catch (error) {
    if (error instanceof CommandError) return error;
    throw error;
  }
  throw new Error("expected a CommandError");
}

describe("the collector's configuration", () => {
  it("listens on loopback without TLS unless told otherwise", () => {
    expect(resolveServeConfig({})).toMatchObject({
      host: "127.0.0.1",
      port: 7440,
      secure: false,
      publicUrl: "http://127.0.0.1:7440",
    });
  });

  it.each(["0.0.0.0:7440", "10.1.2.3:443", "[::]:7440"])("is TLS on %s", (listen) => {
    const config = resolveServeConfig({ listen });
    expect(config.secure).toBe(true);
    expect(config.publicUrl).toMatch(/^https:/);
  });

  it("lets options win over the file", () => {
    const config = fileWith("listen: 127.0.0.1:1234\nlogLevel: warn\n");
    expect(resolveServeConfig({ config })).toMatchObject({ port: 1234, logLevel: "warn" });
    expect(resolveServeConfig({ config, listen: "127.0.0.1:99" })).toMatchObject({ port: 99 });
  });

  it.each([
    ["a wrong key", { config: () => fileWith("lisen: x\n") }, ["lisen"]],
    ["a wrong value", { config: () => fileWith("logLevel: loud\n") }, ["logLevel"]],
    ["a wrong address", { listen: "127.0.0.1" }, ["--listen", "127.0.0.1", "HOST:PORT"]],
    ["a port out of range", { listen: "127.0.0.1:70000" }, ["--listen", "70000"]],
    [
      "a public URL in clear off loopback",
      { listen: "10.0.0.1:1", publicUrl: "http://x" },
      ["--public-url", "https://", "http://x"],
    ],
  ])("names %s", (_name, options, expected) => {
    const { config, ...rest } = options as { config?: () => string; listen?: string };
    const error = errorOf(() => resolveServeConfig({ ...rest, ...(config && { config: config() }) }));
    expect(error.exitCode).toBe(2);
    for (const text of expected) expect(error.message).toContain(text);
  });
});
