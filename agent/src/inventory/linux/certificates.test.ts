import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { generate } from "selfsigned";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createFindings } from "../addresses/findings.ts";
import { findCertificates } from "./certificates.ts";

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), "portolan-certificates-"))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

test("an authority of the host's own is told of, and none of those that every host has; DER is read as PEM is", async () => {
  const extensions = [{ name: "basicConstraints" as const, cA: true }];
  const options = { keySize: 2048, extensions };
  const authority = await generate([{ name: "commonName", value: "Synthetic authority" }], options);
  const issued = await generate([{ name: "commonName", value: "Synthetic intermediate" }], {
    ...options,
    ca: { key: authority.private, cert: authority.cert },
  });
  const own = await generate([{ name: "commonName", value: "www.corp.example" }], { keySize: 2048 });
  const der = Buffer.from(own.cert.replace(/-----[^-]+-----|\s/g, ""), "base64");
  for (const [path, content] of [
    ["ssl/certs/ca.pem", authority.cert],
    ["ssl/intermediate.pem", issued.cert],
    ["nginx/own-ca.crt", authority.cert],
    ["nginx/www.cer", der],
  ] as const) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  const findings = createFindings();
  findCertificates(root, findings);
  const { items, unread } = findings.take();
  expect(items.map(({ holder, target }) => [holder.slice(root.length + 1), target])).toEqual([
    ["nginx/own-ca.crt", "CN=Synthetic authority"],
    ["nginx/www.cer", "CN=www.corp.example"],
  ]);
  expect(unread).toEqual([]);
});

test("a folder of certificates that can't be read is said", () => {
  mkdirSync(join(root, "letsencrypt"));
  symlinkSync("live", join(root, "letsencrypt/live"));
  const findings = createFindings();
  findCertificates(root, findings);
  expect(findings.take().unread).toEqual([`${root}/letsencrypt/live: ELOOP`]);
});
