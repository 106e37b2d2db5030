import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseTask, TaskError } from "./parse-task.ts";
import { readScheduledTasks } from "./scheduled-tasks.ts";

/** SYNTHETIC: a task as the Task Scheduler writes it. */
function taskOf(principal: string): string {
  return `<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Author>CORP\\somebody</Author></RegistrationInfo>
  <Principals><Principal id="Author">${principal}</Principal></Principals>
  <Actions Context="Author"><Exec><Command>C:\\b.exe</Command><Arguments>/password hush</Arguments></Exec></Actions>
</Task>`;
}

test.each([
  [
    "<UserId>CORP\\svc-백업</UserId><LogonType>Password</LogonType>",
    [{ account: "CORP\\svc-백업", isGroup: false, logonType: "Password" }],
  ],
  ["<UserId>CORP\\gmsa1$</UserId>", [{ account: "CORP\\gmsa1$", isGroup: false }]],
  ["<GroupId>CORP\\A&amp;B</GroupId>", [{ account: "CORP\\A&B", isGroup: true }]],
  ["<UserId> CORP\\<!-- -->svc\n</UserId>", [{ account: "CORP\\svc", isGroup: false }]],
  ["<LogonType>S4U</LogonType>", []],
])("the principal %s", (principal, found) => {
  expect(parseTask(taskOf(principal))).toEqual(found);
});

test.each([
  ["", "cut off"],
  [taskOf("<UserId>CORP\\svc</UserId>").slice(0, 300), "cut off"],
  ["<!DOCTYPE Task [<!ENTITY a 'b'>]><Task/>", "a document type"],
  ["<Other/>", "another root"],
  ["<Task>".repeat(100), "too deep"],
])("a file that is no task is refused: %#", (text) => {
  expect(() => parseTask(text)).toThrow(TaskError);
});

let parent: string;
/** Linux takes backslashes for a part of a name: what is below the folder of Windows lies beside it. */
let root: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "portolan-tasks-"));
  root = join(parent, "windows");
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

function put(path: string, content: string | Buffer): void {
  const folder = `${root}\\System32\\Tasks`;
  mkdirSync(join(folder, path, ".."), { recursive: true });
  writeFileSync(join(folder, path), content);
}

function wide(text: string): Buffer {
  return Buffer.from(`\uFEFF${text}`, "utf16le");
}

test("tasks under accounts that somebody made, by the task's path, and never an argument", () => {
  put("Nightly", wide(taskOf("<UserId>CORP\\svc</UserId><LogonType>Password</LogonType>")));
  put("Backup/Weekly", wide(taskOf("<UserId>S-1-5-21-1-2-3-1104</UserId>")));
  put("Microsoft/Own", wide(taskOf("<UserId>S-1-5-18</UserId>")));
  put("Microsoft/Users", wide(taskOf("<GroupId>S-1-5-32-545</GroupId>")));
  put("Microsoft/Service", wide(taskOf("<UserId>NT AUTHORITY\\SYSTEM</UserId>")));
  put("Broken", "x");
  const { tasks, unread } = readScheduledTasks(root);
  expect(tasks).toEqual([
    { task: "\\Backup\\Weekly", account: "S-1-5-21-1-2-3-1104", isGroup: false },
    { task: "\\Nightly", account: "CORP\\svc", isGroup: false, logonType: "Password" },
  ]);
  expect(unread).toEqual([{ source: expect.stringContaining("Broken"), reason: expect.stringMatching(/^line 1: /) }]);
  expect(JSON.stringify(tasks)).not.toContain("hush");
});

test("no folder is no task, and what is too large is named", () => {
  expect(readScheduledTasks(join(root, "nowhere"))).toEqual({ tasks: [], unread: [] });
  put("Large", Buffer.alloc(300 * 1024, " "));
  expect(readScheduledTasks(root).unread).toEqual([
    { source: expect.stringContaining("Large"), reason: "longer than 262144 bytes" },
  ]);
});

test("files beyond what is read in all are counted", () => {
  for (let index = 100; index < 232; index++) {
    put(`Task${index}`, "");
    truncateSync(join(`${root}\\System32\\Tasks`, `Task${index}`), 256 * 1024);
  }
  const { unread } = readScheduledTasks(root);
  expect(unread).toHaveLength(129);
  expect(unread.at(-1)?.reason).toBe("4 files beyond the first 33554432 bytes of all");
});
