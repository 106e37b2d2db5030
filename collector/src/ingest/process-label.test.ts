import { expect, test } from "vitest";
import { processLabel } from "./process-label.ts";

test("the program of an interpreter stands behind its name", () => {
  expect(processLabel({ name: "java", program: "billing.jar" })).toBe("java (billing.jar)");
  expect(processLabel({ name: "postgres" })).toBe("postgres");
});
