/** A file's text without its byte order mark: UTF-16 where a mark says so, which Windows' own programs write, else UTF-8. */
export function decodeText(bytes: Buffer): string {
  const isWide = bytes[0] === 0xff && bytes[1] === 0xfe;
  return bytes.toString(isWide ? "utf16le" : "utf8").replace(/^\uFEFF/, "");
}
