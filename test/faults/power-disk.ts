// A program that is a disk (Linux's FUSE): a folder of files, kept in its memory, which forgets at a power cut what was
// not synced. Argument: where to mount it. Orders come from the program that started it (see mount-power-disk.ts); it
// takes the mount away when that ends.
import { spawn } from "node:child_process";
import { closeSync, openSync, read as readCallback, rmSync, writeSync } from "node:fs";
import { promisify } from "node:util";
import {
  attributeReply,
  entryReply,
  ERRNO,
  folderReply,
  initReply,
  MOST_BYTES,
  namesAt,
  OPCODE,
  openReply,
  readAttributeChange,
  readInit,
  readRange,
  readRequest,
  reply,
  statfsReply,
  writeReply,
  writtenBytes,
  type Request,
} from "./fuse-messages.ts";
import { VolatileFile, volatileFiles, VolatileFolder } from "./volatile-files.ts";

export type Order = { order: "cut"; seed: number } | { order: "settle" };
export type Done = { done: Order["order"] | "mount"; lostWrites: number; lostNames: number };

const read = promisify(readCallback);
const [, , mountpoint = ""] = process.argv;
const files = volatileFiles();
const DONE = Buffer.alloc(0);

/** The answer's body, or an error number. */
function answer({ opcode, node: number, body }: Request): Buffer | number {
  const node = files.node(number);
  const folder = node instanceof VolatileFolder ? node : undefined;
  const file = node instanceof VolatileFile ? node : undefined;
  const [name = ""] = namesAt(body, 0);
  switch (opcode) {
    case OPCODE.init:
      return initReply(readInit(body).readahead);
    case OPCODE.statfs:
      return statfsReply();
    case OPCODE.open:
    case OPCODE.opendir:
      return openReply();
    case OPCODE.release:
    case OPCODE.releasedir:
    case OPCODE.flush:
    case OPCODE.destroy:
      return DONE;
  }
  if (!node) return ERRNO.ENOENT;
  switch (opcode) {
    case OPCODE.getattr:
      return attributeReply(node);
    case OPCODE.setattr: {
      const { size, mode } = readAttributeChange(body);
      if (size !== undefined) file?.truncate(size);
      if (mode !== undefined) node.mode = mode;
      return attributeReply(node);
    }
  }
  if (folder) return answerFolder(opcode, folder, name, body);
  return file ? answerFile(opcode, file, body) : ERRNO.ENOSYS;
}

function answerFile(opcode: number, file: VolatileFile, body: Buffer): Buffer | number {
  switch (opcode) {
    case OPCODE.read: {
      const { at, size } = readRange(body);
      return file.read(at, size);
    }
    case OPCODE.write: {
      const { at, size } = readRange(body);
      file.write(at, writtenBytes(body));
      return writeReply(size);
    }
    case OPCODE.fsync:
      file.sync();
      return DONE;
    default:
      return ERRNO.ENOSYS;
  }
}

function answerFolder(opcode: number, folder: VolatileFolder, name: string, body: Buffer): Buffer | number {
  switch (opcode) {
    case OPCODE.lookup: {
      const found = folder.entries.get(name);
      return found ? entryReply(found) : ERRNO.ENOENT;
    }
    case OPCODE.create: {
      const mode = body.readUInt32LE(4) & 0o7777;
      const [newName = ""] = namesAt(body, 16);
      const made = files.add(folder, newName, (number) => new VolatileFile(number, mode));
      return Buffer.concat([entryReply(made), openReply()]);
    }
    case OPCODE.mkdir: {
      const mode = body.readUInt32LE(0) & 0o7777;
      const [newName = ""] = namesAt(body, 8);
      return entryReply(files.add(folder, newName, (number) => new VolatileFolder(number, mode)));
    }
    case OPCODE.link: {
      const [newName = ""] = namesAt(body, 8);
      const target = files.node(Number(body.readBigUInt64LE(0)));
      if (!target) return ERRNO.ENOENT;
      if (folder.entries.has(newName)) return ERRNO.EEXIST;
      files.link(folder, newName, target);
      return entryReply(target);
    }
    case OPCODE.unlink:
    case OPCODE.rmdir: {
      const found = folder.entries.get(name);
      if (found instanceof VolatileFolder && found.entries.size > 0) return ERRNO.ENOTEMPTY;
      files.remove(folder, name);
      return DONE;
    }
    case OPCODE.rename:
    case OPCODE.rename2: {
      const target = files.node(Number(body.readBigUInt64LE(0)));
      const [from = "", to = ""] = namesAt(body, opcode === OPCODE.rename ? 8 : 16);
      if (!(target instanceof VolatileFolder)) return ERRNO.ENOENT;
      files.rename(folder, from, target, to);
      return DONE;
    }
    case OPCODE.readdir: {
      const { at, size } = readRange(body);
      return folderReply(folder.entries, at, size);
    }
    case OPCODE.fsyncdir:
      files.syncFolder(folder);
      return DONE;
    default:
      return ERRNO.ENOSYS;
  }
}

/** Until it is unmounted. */
async function serve(fd: number): Promise<void> {
  const buffer = Buffer.alloc(MOST_BYTES + 4096);
  for (;;) {
    const { bytesRead } = await read(fd, buffer, 0, buffer.length, null);
    const request = readRequest(buffer.subarray(0, bytesRead));
    const { opcode } = request;
    if (opcode === OPCODE.forget || opcode === OPCODE.batchForget || opcode === OPCODE.interrupt) continue;
    const result = answer(request);
    writeSync(fd, typeof result === "number" ? reply(request, result) : reply(request, 0, result));
  }
}

function run(command: string, args: string[], fd: number | "ignore"): Promise<void> {
  const child = spawn(command, args, { stdio: ["ignore", "ignore", "inherit", fd] });
  return new Promise((resolve, reject) => {
    child.on("exit", (code) => (code === 0 ? resolve() : reject(new Error(`${command} ended with ${code}`))));
  });
}

async function mount(): Promise<void> {
  const fd = openSync("/dev/fuse", "r+");
  // The mount command has /dev/fuse as its file 3; it asks nothing of the disk itself.
  const options = "fd=3,rootmode=40000,user_id=0,group_id=0,default_permissions";
  await run("mount", ["-i", "-t", "fuse", "-o", options, "portolan-power-disk", mountpoint], fd);
  serve(fd).catch((error: NodeJS.ErrnoException) => {
    closeSync(fd);
    // ENODEV: unmounted.
    if (error.code !== "ENODEV") throw error;
  });
}

const unmount = (): Promise<void> => run("umount", [mountpoint], "ignore");

function tell(done: Done): void {
  process.send?.(done);
}

process.on("message", (order: Order) => {
  void (async () => {
    if (order.order === "settle") {
      files.settleAll();
      return tell({ done: "settle", lostWrites: 0, lostNames: 0 });
    }
    // Unmounted, so that the kernel forgets what it knows of the files too.
    await unmount();
    const lost = files.cutPower(order.seed);
    await mount();
    tell({ done: "cut", ...lost });
  })();
});
process.on("disconnect", () => {
  run("umount", ["-l", mountpoint], "ignore").finally(() => {
    rmSync(mountpoint, { recursive: true, force: true });
    process.exit();
  });
});
await mount();
tell({ done: "mount", lostWrites: 0, lostNames: 0 });
