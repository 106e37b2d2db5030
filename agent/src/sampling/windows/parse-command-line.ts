/**
 * A command line as the C runtime splits it (Microsoft's description of how C arguments are parsed): spaces and tabs
 * separate outside of quotes; backslashes mean something only before a quote; two quotes within quotes are one.
 */
export function parseCommandLine(text: string): string[] {
  const first = /^\s*(?:"(?<quoted>[^"]*)"?|(?<plain>\S+))/.exec(text);
  if (first === null) return [];
  // In the program's own name a backslash is always one.
  const argv = [first.groups?.["quoted"] ?? first.groups?.["plain"] ?? ""];
  let at = first[0].length;
  while (at < text.length) {
    while (isSpace(text[at])) at += 1;
    if (at >= text.length) break;
    const { argument, end } = argumentFrom(text, at);
    argv.push(argument);
    at = end;
  }
  return argv;
}

function argumentFrom(text: string, start: number): { argument: string; end: number } {
  let argument = "";
  let isQuoted = false;
  let at = start;
  while (at < text.length && (isQuoted || !isSpace(text[at]))) {
    const slashes = /^\\*/.exec(text.slice(at, at + 1024))?.[0].length ?? 0;
    const isBeforeQuote = text[at + slashes] === '"';
    argument += "\\".repeat(isBeforeQuote ? slashes >> 1 : slashes);
    at += slashes;
    if (isBeforeQuote && slashes % 2 === 1) argument += '"';
    else if (isBeforeQuote && isQuoted && text[at + 1] === '"') {
      argument += '"';
      at += 1;
    } else if (isBeforeQuote) isQuoted = !isQuoted;
    else if (slashes === 0) argument += text[at];
    if (isBeforeQuote || slashes === 0) at += 1;
  }
  return { argument, end: at };
}

function isSpace(character: string | undefined): boolean {
  return character === " " || character === "\t";
}
