import { expect, test } from "vitest";
import { parseCommandLine } from "./parse-command-line.ts";

// Microsoft's own examples, and what services have.
test.each([
  ["", []],
  ["  ", []],
  ["java.exe", ["java.exe"]],
  [
    String.raw`"C:\Program Files\Java\bin\java.exe" -jar app.jar`,
    [String.raw`C:\Program Files\Java\bin\java.exe`, "-jar", "app.jar"],
  ],
  [String.raw`x "abc" d e`, ["x", "abc", "d", "e"]],
  [String.raw`x a\\b d"e f"g h`, ["x", String.raw`a\\b`, "de fg", "h"]],
  [String.raw`x a\\\"b c d`, ["x", String.raw`a\"b`, "c", "d"]],
  [String.raw`x a\\\\"b c" d e`, ["x", String.raw`a\\b c`, "d", "e"]],
  [`x "a""b" c`, ["x", 'a"b', "c"]],
  [`x "" "open end`, ["x", "", "open end"]],
  [String.raw`x "C:\dir\\" y\ `, ["x", String.raw`C:\dir` + "\\", "y\\"]],
])("%s", (text, argv) => {
  expect(parseCommandLine(text)).toEqual(argv);
});
