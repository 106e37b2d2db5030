/** Names by user id from the bytes of /etc/passwd (passwd(5)); the first of several names of one id. */
export function parsePasswd(bytes: Uint8Array): Map<number, string> {
  const names = new Map<number, string>();
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
  for (const line of text.split("\n")) {
    const [name, , id] = line.split(":", 3);
    if (name === undefined || name === "" || name.startsWith("#") || id === undefined || !/^\d{1,10}$/.test(id))
      continue;
    if (!names.has(Number(id))) names.set(Number(id), name);
  }
  return names;
}
