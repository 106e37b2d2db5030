import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildEstate, type Estate } from "../estate.ts";
import { describeWithWindows } from "./requirements.ts";
import { bootWindows, NODE_EXE, windowsPath, type WindowsHost } from "./windows-host.ts";

describeWithWindows("two Windows hosts beside a Linux host", () => {
  let estate: Estate;
  let app: WindowsHost;
  let data: WindowsHost;
  beforeAll(async () => {
    estate = await buildEstate({
      segments: [{ name: "front", cidr: "10.92.1.0/24" }],
      hosts: [
        { name: "winapp1", segment: "front", address: "10.92.1.11" },
        { name: "windata1", segment: "front", address: "10.92.1.12" },
        { name: "linux1", segment: "front", address: "10.92.1.13" },
      ],
    });
    [app, data] = await Promise.all([bootWindows(estate.host("winapp1")), bootWindows(estate.host("windata1"))]);
  });
  afterAll(() => estate.close());

  test("each has its own name and address, and both are Windows Server 2022", async () => {
    const code = `[os.hostname(), os.version(), process.platform, os.networkInterfaces().eth0.find(({ family }) => family === "IPv4").address].join()`;
    const seen = await Promise.all([app, data].map((host) => host.exec([NODE_EXE, "-p", code])));
    expect(seen.map(({ stdout }) => stdout)).toEqual([
      "winapp1,Windows Server 2022 Standard,win32,10.92.1.11\n",
      "windata1,Windows Server 2022 Standard,win32,10.92.1.12\n",
    ]);
  });

  test("registry and drive C: are a host's own", async () => {
    const wrote = await app.exec([NODE_EXE, "-e", `fs.writeFileSync("C:\\\\own.txt", "mine")`]);
    expect(wrote).toMatchObject({ code: 0, stderr: "" });
    const exists = [NODE_EXE, "-p", `fs.existsSync("C:\\\\own.txt")`];
    expect((await app.exec(exists)).stdout).toBe("true\n");
    expect((await data.exec(exists)).stdout).toBe("false\n");
  });

  test("Windows and Linux programs reach each other, and a stopped one is gone", async () => {
    const server = app.spawn([NODE_EXE, "-e", `net.createServer((s) => s.end(s.remoteAddress)).listen(5000)`], {
      log: "server.log",
    });
    await app.host.waitForListener(5000);
    const read = `let text = ""; net.connect(5000, "10.92.1.11").on("data", (d) => (text += d)).on("end", () => console.log(text))`;
    expect((await data.exec([NODE_EXE, "-e", read])).stdout).toBe("::ffff:10.92.1.12\n");
    expect((await estate.host("linux1").exec([process.execPath, "-e", read])).stdout).toBe("::ffff:10.92.1.13\n");
    await server.stop();
    expect((await app.host.exec(["ss", "-lntH"])).stdout).toBe("");
  });

  test("nothing of the caller's environment comes in, and the locale sets the code page", async () => {
    const names = await app.exec([
      NODE_EXE,
      "-p",
      `Object.keys(process.env).filter((name) => /VITEST|npm|NODE/.test(name)).join()`,
    ]);
    expect(names.stdout).toBe("\n");
    const code = `const m = { exports: {} }; process.dlopen(m, "Z:\\\\windows\\\\koffi.node");
      console.log(m.exports.load("kernel32.dll").func("uint32 GetACP()")())`;
    const pages = ["C.UTF-8", "de_DE.UTF-8", "ko_KR.UTF-8"].map(
      async (LC_ALL) => (await app.exec([NODE_EXE, "-e", code], { env: { LC_ALL } })).stdout,
    );
    expect(await Promise.all(pages)).toEqual(["1252\n", "1252\n", "949\n"]);
  });

  test("a program lies at the same path inside, in drive Z:, and reads its host's files", async () => {
    const file = join(app.host.stateDir, "program.ts");
    writeFileSync(file, `const name: string = __filename; console.log(name, process.cwd() === __dirname);`);
    expect((await app.exec([NODE_EXE, windowsPath(file)])).stdout).toBe(`${windowsPath(file)} true\n`);
  });

  test("a program that takes too long is killed", async () => {
    const stuck = await app.exec([NODE_EXE, "-e", "setInterval(() => {}, 1000)"], { timeoutMs: 2000 });
    expect(stuck).toMatchObject({ code: null, signal: "SIGKILL" });
  });
});
