import { expect, test } from "vitest";
import { createUndo } from "./undo.ts";

test("takes back what was done, the last first, and goes on where one step refuses", async () => {
  const told: string[] = [];
  const undo = createUndo();
  await undo.step(
    () => "files",
    (made) => told.push(made),
  );
  await undo.step(
    () => "service",
    () => {
      throw new TypeError("refused");
    },
  );
  await undo.step(
    async () => "started",
    (made) => told.push(made),
  );
  const failing = undo.step(
    () => Promise.reject(new TypeError("no")),
    () => told.push("never done"),
  );
  await expect(failing).rejects.toThrow("no");
  await undo.all((error) => told.push(String(error)));
  expect(told).toEqual(["started", "TypeError: refused", "files"]);
});
