import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeInLab } from "../estate/requirements.ts";
import { freePort, openWorkplace, type Workplace } from "./local-collector.ts";
import { enrolSynthetic, postReport, reportBody } from "./synthetic-agent.ts";

let work: Workplace;
beforeEach(() => {
  work = openWorkplace();
});
afterEach(() => work.close());

describe("serve", () => {
  it("stops on SIGTERM, keeps data and tokens over a restart, and leaves no secret in its log", async () => {
    const port = await freePort();
    const data = join(work.folder, "data");
    const first = await work.serve(data, port);
    expect(statSync(join(data, "cli.json")).mode & 0o777).toBe(0o600);
    const made = work.portolan(["token", "create", "--kind", "api", "--role", "editor", "--json"]);
    const { id, token } = JSON.parse(made.out) as { id: string; token: string };
    const localToken = (JSON.parse(readFileSync(join(data, "cli.json"), "utf8")) as { token: string }).token;
    expect(await first.stop()).toBe(0);
    const second = await work.serve(data, port);
    expect(work.portolan(["hosts", "--json", "--token-file", "-"], token).out).toBe('{\n  "items": []\n}\n');
    expect(work.portolan(["hosts", "--json", "--token-file", "-"], localToken).err).toContain("revoked");
    expect(work.portolan(["token", "revoke", id]).code).toBe(0);
    expect(work.portolan(["hosts", "--token-file", "-"], token)).toMatchObject({ code: 1, out: "" });
    const secret = (JSON.parse(Buffer.from(token.slice(4), "base64url").toString()) as { secret: string }).secret;
    for (const text of [first.log(), second.log()])
      for (const word of [secret, token, localToken]) expect(text).not.toContain(word);
  });

  it("names each of two hosts that share a name by its id, and only once", async () => {
    const port = await freePort();
    await work.serve(join(work.folder, "data"), port);
    const { token } = JSON.parse(
      work.portolan(["token", "create", "--kind", "enrolment", "--uses", "3", "--json"]).out,
    ) as { token: string };
    for (const [name, machine] of [
      ["vm", "first"],
      ["vm", "second"],
      ["web", "third"],
    ] as const)
      await enrolSynthetic(`http://127.0.0.1:${port}`, token, name, machine);
    const said = (...args: string[]) => work.portolan(["hosts", ...args]).err.trim();
    expect(said("merge", "vm (h2)", "h3")).toBe("vm (h2) is one with web (h3); portolan hosts split h2 undoes that");
    expect(said("split", "h2")).toMatch(/^vm \(h2\) is a host of its own again$/);
    expect(said("merge", "h1", "vm (h2)")).toMatch(/^vm \(h1\) is one with vm \(h2\); /);
    expect(said("split", "h1")).toMatch(/^vm \(h1\) is a host/);
    expect(said("retire", "vm (h1)")).toBe("retired vm (h1); its evidence stays");
  });

  it("refuses a data folder in use and names the program that has it", async () => {
    const { pid } = await work.serve(join(work.folder, "data"), await freePort());
    const second = work.portolan(["serve", "--listen", `127.0.0.1:${await freePort()}`]);
    expect(second.code).toBe(1);
    expect(second.err).toContain(String(pid));
  });

  it("says in one sentence what is wrong with a port or a data folder", async () => {
    const port = await freePort();
    await work.serve(join(work.folder, "data"), port);
    writeFileSync(join(work.folder, "file"), "not a folder");
    mkdirSync(join(work.folder, "damaged"));
    writeFileSync(join(work.folder, "damaged", "portolan.db"), "this is no database at all".repeat(100));
    for (const [args, expected] of [
      [["--data", "other", "--listen", `127.0.0.1:${port}`], `port ${port}`],
      [["--data", "other", "--listen", `192.0.2.250:${port}`], "192.0.2.250"],
      [["--data", "file"], "file"],
      [["--data", "/proc/none"], "/proc/none"],
      [["--data", "damaged", "--listen", "127.0.0.1:1"], "damaged"],
    ] as const) {
      const { code, err, out } = work.portolan(["serve", ...args]);
      expect({ code, out, lines: err.trim().split("\n").length }).toEqual({ code: 1, out: "", lines: 1 });
      expect(err).toContain(expected);
    }
  });
});

describeInLab("serve on a full disk", () => {
  it("says that the disk is full", async () => {
    const data = join(work.folder, "full");
    mkdirSync(data);
    const mount = spawnSync("mount", ["-t", "tmpfs", "-o", "size=8k", "tmpfs", data], { encoding: "utf8" });
    expect(mount.stderr).toBe("");
    try {
      const { code, err } = work.portolan(["serve", "--data", data, "--listen", `127.0.0.1:${await freePort()}`]);
      expect(code).toBe(1);
      expect(err).toMatch(/full|space/);
      expect(err.trim().split("\n")).toHaveLength(1);
    } finally {
      spawnSync("umount", [data]);
    }
  });
});

describe("commands", () => {
  it.each([
    [["frobnicate"], 2, "frobnicate"],
    [["export", "firewall", "--format", "pdf", "-o", "x"], 2, "xlsx"],
    [["export", "firewall", "-o", "x"], 2, "--format"],
    [["token", "create", "--kind", "api", "--uses", "none"], 2, "--uses"],
    [["hosts", "--url", "http://10.255.255.1:7440", "--token-file", "-"], 2, "https://"],
    [["hosts", "--url", "127.0.0.1:7440", "--token-file", "-"], 2, "--url"],
    [["hosts", "--url", "http://127.0.0.1:9"], 2, "token"],
    [["hosts", "--url", "http://127.0.0.1:9", "--token-file", "-"], 1, "127.0.0.1:9"],
    [["hosts"], 1, "npm start"],
    [["hosts", "import", "hosts.csv", "--url", "http://127.0.0.1:9"], 2, "token"],
    [["plan", "create", "--config", "missing.yaml"], 1, "missing.yaml"],
  ])("%j exits with %i and says what was expected", (args, code, expected) => {
    const done = work.portolan(args, "secret");
    expect(done.code).toBe(code);
    expect(done.err).toContain(expected);
    expect(done.out).toBe("");
  });

  it("say in words what is wrong with a file", () => {
    const file = join(work.folder, "plan.yaml");
    const create = (text: string) => {
      writeFileSync(file, text);
      return work.portolan(["plan", "create", "--config", file]);
    };
    for (const [text, expected] of [
      ["stay: *nobody\n", "nobody"],
      ["earliest: 2026-13-01\n", '"2026-13-01"'],
      ["maxServersPerWave: 0\n", "(got 0)"],
    ] as const) {
      const { code, err } = create(text);
      expect([text, code, err.includes(expected), err.includes("    at ")]).toEqual([text, 1, true, false]);
    }
    const data = join(work.folder, "broken");
    mkdirSync(data);
    writeFileSync(join(data, "cli.json"), "{");
    const { code, err } = work.portolan(["hosts", "--data", data]);
    expect([code, err.trim().split("\n").length]).toEqual([1, 1]);
  });

  it("show attempts that failed beside the connections", async () => {
    const [port, data] = [await freePort(), join(work.folder, "data")];
    await work.serve(data, port);
    const made = work.portolan(["token", "create", "--kind", "enrolment", "--json"]);
    const { token } = JSON.parse(made.out) as { token: string };
    const url = `http://127.0.0.1:${port}`;
    const sender = await enrolSynthetic(url, token, "synthetic-refused");
    const report = JSON.parse(gunzipSync(reportBody(sender.id, 1, 1)).toString()) as { flows: object[] };
    report.flows = report.flows.map((flow) => ({ ...flow, connections: 0, failed: 59 }));
    await postReport(url, sender, gzipSync(JSON.stringify(report)));
    for (const list of ["flows", "dependencies"]) {
      const [titles = "", row = ""] = work.portolan([list]).out.split("\n");
      expect(row.slice(titles.indexOf("FAILED")).trim().split(" ")[0]).toBe("59");
    }
  });

  it("have help", () => {
    const help = work.portolan(["--help"]);
    expect(help.code).toBe(0);
    for (const name of ["serve", "token", "hosts", "dependencies", "coverage", "groups", "export", "plan", "import"])
      expect(work.portolan([name, "--help"])).toMatchObject({ code: 0, err: "" });
  });
});
