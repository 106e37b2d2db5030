import { mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { get } from "node:https";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CommandError } from "../errors.ts";
import { serverCertificate } from "./certificates.ts";
import { fetchPinnedAuthority } from "./pinned-authority.ts";

const DAY = 86_400_000;
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "portolan-tls-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function listen(certificate: { key: string; cert: string }) {
  const server = createServer({ key: certificate.key, cert: certificate.cert }, (_request, response) =>
    response.end("yes"),
  );
  return new Promise<{ url: string; close: () => void }>((resolve) =>
    server.listen(0, "127.0.0.1", () =>
      resolve({ url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() }),
    ),
  );
}

const fetchWith = (url: string, ca: string) =>
  new Promise<number | undefined>((resolve, reject) => {
    get(url, { ca }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    }).on("error", reject);
  });

describe("the collector's own certificates", () => {
  it("are trusted by a client that pins the CA, with full verification", async () => {
    const certificate = await serverCertificate(folder, "collector.example", "127.0.0.1", Date.now());
    const server = await listen(certificate);
    try {
      const ca = await fetchPinnedAuthority(server.url, certificate.caSha256);
      expect(await fetchWith(server.url, ca)).toBe(200);
      await expect(fetchPinnedAuthority(server.url, "0".repeat(64))).rejects.toBeInstanceOf(CommandError);
    } finally {
      server.close();
    }
  });

  it("keep the CA over restarts and renew the server's certificate when its names or its time ask for it", async () => {
    const now = Date.now();
    const first = await serverCertificate(folder, "collector.example", "127.0.0.1", now);
    const again = await serverCertificate(folder, "collector.example", "127.0.0.1", now + DAY);
    expect(again).toEqual(first);
    const renamed = await serverCertificate(folder, "other.example", "127.0.0.1", now);
    expect(renamed.caSha256).toBe(first.caSha256);
    expect(renamed.cert).not.toBe(first.cert);
    const later = await serverCertificate(folder, "other.example", "127.0.0.1", now + 300 * DAY);
    expect(later.cert).not.toBe(renamed.cert);
    expect(later.caSha256).toBe(first.caSha256);
  });

  it("are readable by their owner only", async () => {
    await serverCertificate(folder, "collector.example", "127.0.0.1", Date.now());
    expect(statSync(join(folder, "tls")).mode & 0o777).toBe(0o700);
    for (const name of ["ca.key", "server.key"]) expect(statSync(join(folder, "tls", name)).mode & 0o777).toBe(0o600);
  });
});
