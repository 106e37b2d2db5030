import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Directory } from "@portolan/protocol";
import { afterEach, beforeEach, expect } from "vitest";
import type { DirectoryOptions } from "../directory-reader.ts";
import { createDirectoryReader } from "./index.ts";
import { SYNTHETIC_KEY } from "./synthetic-keytab.ts";

/** The computer account that this host would have. */
export const OWN = `${(hostname().split(".")[0] ?? "").slice(0, 15).toUpperCase()}$`;

/** For tests: the sssd.conf of a synthetic member of corp.example; more lines of its domain may follow. */
export const SSSD = "[sssd]\ndomains = corp.example\n[domain/corp.example]\nid_provider = ad\n";

/** For tests: the one socket, to a synthetic controller, of the given program. */
export const socketsOf = (process: string) => () => [{ process, address: "10.66.0.10", port: 389 }];

/**
 * For tests: the folders of a synthetic host, anew for each test of the file.
 *
 * @param protocol its schema, whose code tests alone may load
 */
export function syntheticHost(protocol: { parse(directory: unknown): Directory }) {
  let root: string;
  beforeEach(() => (root = mkdtempSync(join(tmpdir(), "portolan-directory-"))));
  afterEach(() => rmSync(root, { recursive: true, force: true }));
  const at = (path: string): string => join(root, path);

  function put(path: string, content: string | Buffer, mode = 0o644): void {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), content);
    chmodSync(at(path), mode);
  }

  /** A tool double: a shell script that notes each call and does as told. */
  function tool(name: "adcli" | "kinit", script: string): void {
    put(`bin/${name}`, `#!/bin/sh\necho "$0 $* LC_ALL=$LC_ALL" >>${root}/calls\n${script}\n`, 0o755);
  }

  function calls(): string[] {
    try {
      return readFileSync(at("calls"), "utf8").trim().split("\n");
    } catch {
      return [];
    }
  }

  const toolPath = (): string => `${at("bin")}:/usr/bin:/bin`;

  function reader(options: DirectoryOptions = {}) {
    const roots = { etcRoot: "etc", varRoot: "var", optRoot: "opt", usrRoot: "usr", runRoot: "run" };
    const own = Object.fromEntries(Object.entries(roots).map(([key, name]) => [key, at(name)]));
    return createDirectoryReader({ ...own, toolPath: toolPath(), ...options });
  }

  /** Reads once, as the protocol takes it, and asks no controller. */
  async function read(options: DirectoryOptions = {}): Promise<Directory> {
    const directory = protocol.parse(await reader({ probes: false, ...options }).read());
    expect(JSON.stringify(directory)).not.toContain(SYNTHETIC_KEY);
    return directory;
  }

  const probed = (): Promise<Directory> => read({ probes: true });

  return { at, put, tool, calls, toolPath, reader, read, probed };
}
