import type { Readable, Writable } from "node:stream";

/** What a command reads and writes; data goes to `out`, progress and errors to `err`. */
export interface Streams {
  in: Readable;
  out: Writable;
  err: Writable & { isTTY?: boolean };
}

export async function readAll(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString("utf8");
}
