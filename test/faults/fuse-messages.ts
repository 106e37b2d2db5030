import { VolatileFile, type Node } from "./volatile-files.ts";

// The little of Linux's FUSE protocol (linux/fuse.h, version 7.31) that a power disk needs.

export const OPCODE = {
  lookup: 1,
  forget: 2,
  getattr: 3,
  setattr: 4,
  mkdir: 9,
  unlink: 10,
  rmdir: 11,
  rename: 12,
  link: 13,
  open: 14,
  read: 15,
  write: 16,
  statfs: 17,
  release: 18,
  fsync: 20,
  flush: 25,
  init: 26,
  opendir: 27,
  readdir: 28,
  releasedir: 29,
  fsyncdir: 30,
  create: 35,
  interrupt: 36,
  destroy: 38,
  batchForget: 42,
  rename2: 45,
} as const;

export const ERRNO = { ENOENT: 2, EEXIST: 17, ENOTEMPTY: 39, ENOSYS: 38 } as const;

const IN_HEADER = 40;
const OUT_HEADER = 16;
/** How long the kernel may keep names and attributes: only it changes them. */
const VALID_SECONDS = 60n;
const BLOCK = 4096;
/** No write is larger. */
export const MOST_BYTES = 128 * 1024;
const BIG_WRITES = 1 << 5;
const SET_MODE = 1;
const SET_SIZE = 8;

export interface Request {
  opcode: number;
  unique: bigint;
  node: number;
  body: Buffer;
}

export function readRequest(bytes: Buffer): Request {
  return {
    opcode: bytes.readUInt32LE(4),
    unique: bytes.readBigUInt64LE(8),
    node: Number(bytes.readBigUInt64LE(16)),
    body: bytes.subarray(IN_HEADER),
  };
}

/** @param error 0, or one of ERRNO */
export function reply({ unique }: Request, error: number, body: Buffer = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(OUT_HEADER);
  header.writeUInt32LE(OUT_HEADER + body.length, 0);
  header.writeInt32LE(-error, 4);
  header.writeBigUInt64LE(unique, 8);
  return Buffer.concat([header, body]);
}

/** Names end with a zero byte. */
export function namesAt(body: Buffer, offset: number): string[] {
  return body.toString("utf8", offset).split("\0");
}

export const readInit = (body: Buffer) => ({ readahead: body.readUInt32LE(8) });
export const readRange = (body: Buffer) => ({ at: Number(body.readBigUInt64LE(8)), size: body.readUInt32LE(16) });
export const writtenBytes = (body: Buffer) => body.subarray(40, 40 + body.readUInt32LE(16));

export function readAttributeChange(body: Buffer): { size?: number; mode?: number } {
  const valid = body.readUInt32LE(0);
  return {
    ...(valid & SET_SIZE && { size: Number(body.readBigUInt64LE(16)) }),
    ...(valid & SET_MODE && { mode: body.readUInt32LE(68) & 0o7777 }),
  };
}

export function initReply(readahead: number): Buffer {
  const out = Buffer.alloc(64);
  out.writeUInt32LE(7, 0);
  out.writeUInt32LE(31, 4);
  out.writeUInt32LE(readahead, 8);
  out.writeUInt32LE(BIG_WRITES, 12);
  out.writeUInt16LE(12, 16);
  out.writeUInt16LE(9, 18);
  out.writeUInt32LE(MOST_BYTES, 20);
  out.writeUInt32LE(1, 24);
  return out;
}

function attributes(node: Node): Buffer {
  const isFile = node instanceof VolatileFile;
  const size = isFile ? node.size : BLOCK;
  const out = Buffer.alloc(88);
  out.writeBigUInt64LE(BigInt(node.node), 0);
  out.writeBigUInt64LE(BigInt(size), 8);
  out.writeBigUInt64LE(BigInt(Math.ceil(size / 512)), 16);
  out.writeUInt32LE((isFile ? 0o100000 : 0o040000) | node.mode, 60);
  out.writeUInt32LE(isFile ? 1 : 2, 64);
  out.writeUInt32LE(BLOCK, 80);
  return out;
}

export function attributeReply(node: Node): Buffer {
  const head = Buffer.alloc(16);
  head.writeBigUInt64LE(VALID_SECONDS, 0);
  return Buffer.concat([head, attributes(node)]);
}

export function entryReply(node: Node): Buffer {
  const head = Buffer.alloc(40);
  head.writeBigUInt64LE(BigInt(node.node), 0);
  head.writeBigUInt64LE(VALID_SECONDS, 16);
  head.writeBigUInt64LE(VALID_SECONDS, 24);
  return Buffer.concat([head, attributes(node)]);
}

/** No handle: every request names its node. */
export const openReply = (): Buffer => Buffer.alloc(16);

export function writeReply(bytes: number): Buffer {
  const out = Buffer.alloc(8);
  out.writeUInt32LE(bytes, 0);
  return out;
}

export function statfsReply(): Buffer {
  const out = Buffer.alloc(80);
  for (const offset of [0, 8, 16, 24, 32]) out.writeBigUInt64LE(1_000_000n, offset);
  out.writeUInt32LE(BLOCK, 40);
  out.writeUInt32LE(255, 44);
  out.writeUInt32LE(BLOCK, 48);
  return out;
}

/** As many entries, from the n-th on, as have room. */
export function folderReply(entries: ReadonlyMap<string, Node>, from: number, room: number): Buffer {
  const parts: Buffer[] = [];
  let used = 0;
  for (const [index, [name, node]] of [...entries].entries()) {
    const text = Buffer.from(name);
    const part = Buffer.alloc(24 + Math.ceil(text.length / 8) * 8);
    if (index < from) continue;
    if (used + part.length > room) break;
    part.writeBigUInt64LE(BigInt(node.node), 0);
    part.writeBigUInt64LE(BigInt(index + 1), 8);
    part.writeUInt32LE(text.length, 16);
    part.writeUInt32LE(node instanceof VolatileFile ? 8 : 4, 20);
    text.copy(part, 24);
    parts.push(part);
    used += part.length;
  }
  return Buffer.concat(parts);
}
