import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { syntheticRegistry } from "../../windows/synthetic-registry.ts";
import { iisSites } from "./iis.ts";

const root = mkdtempSync(join(tmpdir(), "portolan-iis-"));
afterAll(() => rmSync(root, { recursive: true }));

const keys = {
  "SOFTWARE\\Microsoft\\InetStp": { VersionString: "Version 10.0" },
  "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion": { SystemRoot: join(root, "windows") },
};

// Linux takes the backslashes for a part of the file's name.
const file = `${join(root, "windows")}\\System32\\inetsrv\\config\\applicationHost.config`;

function found(content?: string) {
  if (content !== undefined) writeFileSync(file, content);
  const notes: string[] = [];
  const items = iisSites(syntheticRegistry(keys), (reason) => notes.push(reason)).map(({ item }) => item);
  return { items, notes: notes.map((note) => note.replace(file, "FILE")) };
}

test("IIS stands without its sites where their file can't be read, and that is told", () => {
  expect(found()).toEqual({
    items: [
      { kind: "web-server", name: "IIS", version: "10.0", ports: [], sources: ["HKLM\\SOFTWARE\\Microsoft\\InetStp"] },
    ],
    notes: ["FILE: ENOENT"],
  });
  expect(found("<configuration>").notes).toEqual([expect.stringMatching(/^FILE: line 1: /)]);
  expect(iisSites(syntheticRegistry({}), () => {})).toEqual([]);
});

test("a file that is longer than any server's is not read, and that is told", () => {
  writeFileSync(file, "");
  truncateSync(file, 16_000_001);
  expect(found()).toMatchObject({
    items: [{ name: "IIS", ports: [] }],
    notes: ["FILE: 16000001 bytes, expected at most 16000000"],
  });
});

test("sites whose bindings make no sense are told of", () => {
  const site = `<site name="a"><bindings><binding protocol="http" bindingInformation="80"/></bindings></site>`;
  const { items, notes } = found(
    `<configuration><system.applicationHost><sites>${site}</sites></system.applicationHost></configuration>`,
  );
  expect(items).toMatchObject([{ instance: "a", version: "10.0", ports: [], bindings: [] }]);
  expect(notes).toEqual(["FILE: 1 bindings made no sense"]);
});

/** SYNTHETIC, with a password that must not leave the host. */
const shared = (enabled: boolean) =>
  `<configuration><configurationRedirection enabled="${enabled}" path="\\\\fs1\\iis" userName="CORP\\iis" password="hunter2"/></configuration>`;

test("a farm's shared configuration: the host's own file is not in use, and that is told without the password", () => {
  const redirection = file.replace("applicationHost", "redirection");
  const site = `<site name="old"><bindings/></site>`;
  const own = `<configuration><system.applicationHost><sites>${site}</sites></system.applicationHost></configuration>`;
  try {
    writeFileSync(redirection, `\uFEFF${shared(true)}`, "utf16le");
    expect(found(own)).toMatchObject({
      items: [{ name: "IIS", ports: [], sources: ["HKLM\\SOFTWARE\\Microsoft\\InetStp"] }],
      notes: ["FILE: not in use: IIS takes its configuration from \\\\fs1\\iis, which is not read"],
    });
    writeFileSync(redirection, shared(false));
    expect(found(own).items).toMatchObject([{ instance: "old" }]);
  } finally {
    rmSync(redirection, { force: true });
  }
});

test("a file in UTF-16", () => {
  writeFileSync(
    file,
    `\uFEFF<configuration><system.applicationHost><sites><site name="급여"/></sites></system.applicationHost></configuration>`,
    "utf16le",
  );
  expect(found().items).toMatchObject([{ instance: "급여" }]);
});
