import { decodeText } from "./decode-text.ts";

const UTF16_MARK = [0xff, 0xfe] as const;

/**
 * Text that a program wrote into a file: as decodeText has it, or UTF-16 with its mark, which is what `>` of Windows
 * PowerShell 5 and `sqlcmd -u` write. Undefined when it is neither.
 */
export function decodeTable(bytes: Uint8Array): string | undefined {
  if (bytes[0] !== UTF16_MARK[0] || bytes[1] !== UTF16_MARK[1]) return decodeText(bytes);
  const text = new TextDecoder("utf-16le").decode(bytes);
  return text.includes("\uFFFD") || text.includes("\0") ? undefined : text;
}
