import { expect, test } from "vitest";
import { identify, processOf } from "./process-identity.ts";
import { createWin32Double } from "./win32-double.ts";

const LISTED = { name: "java.exe", createdAt: 60n };

/** A double of Windows with one process, and the handles that are open. */
function host() {
  const { windows, win32 } = createWin32Double();
  windows.processes = [{ pid: 1200, ...LISTED }];
  const open = new Set<number>();
  const openProcess = (pid: number) => {
    const handle = win32.openProcess(pid);
    if (handle !== 0) open.add(Number(handle));
    return handle;
  };
  return {
    windows,
    open,
    win32: { ...win32, openProcess, close: (handle: unknown) => void open.delete(Number(handle)) },
  };
}

test("no handle stays open: of a process that is named, that has a successor, or that throws", () => {
  const { open, win32 } = host();
  expect(identify(1200, LISTED, win32)?.name).toBe("java.exe");
  expect(identify(1200, { ...LISTED, createdAt: 59n }, win32)).toBeUndefined();
  const imageName = (): string => {
    expect([...open]).toEqual([1200]);
    throw new Error("double");
  };
  expect(() => identify(1200, LISTED, { ...win32, imageName })).toThrow("double");
  expect([...open]).toEqual([]);
});

test("half a pair in a program's name is told as U+FFFD", () => {
  const { windows, win32 } = host();
  windows.commandLines = { 1200: "java -jar shop\ud800.jar" };
  const identified = identify(1200, LISTED, win32);
  expect(identified && processOf(identified, undefined, []).program).toBe("shop\ufffd.jar");
});

test("many services of one process are cut where the protocol ends", () => {
  const services = Array.from({ length: 100 }, (_, index) => `Service${index}`);
  const identified = { ...LISTED, executable: undefined, sid: undefined, denied: [] };
  expect(processOf(identified, undefined, services).service).toHaveLength(255);
});
