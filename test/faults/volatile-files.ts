import { seeded } from "./seeded.ts";

const SECTOR = 512;
/** As the kernel numbers it; every other node is made after it. */
const ROOT = 1;

/** A change of a file's content that no fsync has covered yet. */
type Change = { at: number; bytes: Buffer } | { size: number };

/** A file as programs see it, and as it would be found after a power cut. */
export class VolatileFile {
  readonly node: number;
  mode: number;
  #content = Buffer.alloc(0);
  #size = 0;
  #durable: Buffer = Buffer.alloc(0);
  #changes: Change[] = [];

  constructor(node: number, mode: number) {
    this.node = node;
    this.mode = mode;
  }

  get size(): number {
    return this.#size;
  }

  read(at: number, length: number): Buffer {
    return this.#content.subarray(at, Math.min(at + length, this.#size));
  }

  write(at: number, bytes: Buffer): void {
    this.#changes.push({ at, bytes: Buffer.from(bytes) });
    const end = at + bytes.length;
    if (end > this.#content.length) {
      const larger = Buffer.alloc(Math.max(end, 2 * this.#content.length));
      this.#content.copy(larger, 0, 0, this.#size);
      this.#content = larger;
    }
    bytes.copy(this.#content, at);
    this.#size = Math.max(this.#size, end);
  }

  truncate(size: number): void {
    if (size > this.#size) return this.write(size - 1, Buffer.alloc(1));
    this.#changes.push({ size });
    this.#content.fill(0, size, this.#size);
    this.#size = size;
  }

  sync(): void {
    this.#durable = Buffer.from(this.#content.subarray(0, this.#size));
    this.#changes = [];
  }

  /** @param survives by change: not at all, whole, or its first bytes only. Returns how many changes were lost. */
  cut(survives: (bytes: number) => number): number {
    const survivors = this.#changes.flatMap((change): Change[] => {
      if ("size" in change) return survives(1) > 0 ? [change] : [];
      const bytes = change.bytes.subarray(0, survives(change.bytes.length));
      return bytes.length > 0 ? [{ at: change.at, bytes }] : [];
    });
    const lost = this.#changes.length - survivors.length;
    this.#content = Buffer.from(this.#durable);
    this.#size = this.#content.length;
    for (const change of survivors) {
      if ("size" in change) this.truncate(change.size);
      else this.write(change.at, change.bytes);
    }
    this.sync();
    return lost;
  }
}

export class VolatileFolder {
  readonly node: number;
  mode: number;
  entries = new Map<string, Node>();
  durable = new Map<string, Node>();

  constructor(node: number, mode: number) {
    this.node = node;
    this.mode = mode;
  }
}

export type Node = VolatileFile | VolatileFolder;

/** A name that came, changed or went. A rename is one change of two names: no file system loses both. */
interface NameChange {
  names: [folder: VolatileFolder, name: string, node: Node | undefined][];
}

/** A tree of files that forgets at a power cut what was not synced. Nothing of it is on any disk. */
export function volatileFiles() {
  const nodes = new Map<number, Node>();
  let names: NameChange[] = [];
  const root = new VolatileFolder(ROOT, 0o755);
  nodes.set(ROOT, root);

  const change = (next: NameChange): void => {
    names.push(next);
    for (const [folder, name, node] of next.names) set(folder.entries, name, node);
  };
  const settle = ({ names: settled }: NameChange): void => {
    for (const [folder, name, node] of settled) set(folder.durable, name, node);
  };

  return {
    node: (number: number) => nodes.get(number),
    add<T extends Node>(folder: VolatileFolder, name: string, make: (node: number) => T): T {
      const made = make(Math.max(...nodes.keys()) + 1);
      nodes.set(made.node, made);
      change({ names: [[folder, name, made]] });
      return made;
    },
    link: (folder: VolatileFolder, name: string, node: Node): void => change({ names: [[folder, name, node]] }),
    remove: (folder: VolatileFolder, name: string): void => change({ names: [[folder, name, undefined]] }),
    rename(from: VolatileFolder, name: string, to: VolatileFolder, newName: string): void {
      change({
        names: [
          [to, newName, from.entries.get(name)],
          [from, name, undefined],
        ],
      });
    },
    /** As POSIX has it: the names in this folder, and neither the files' content nor other folders. */
    syncFolder(folder: VolatileFolder): void {
      const isHere = (entry: NameChange): boolean => entry.names.some(([owner]) => owner === folder);
      for (const entry of names.filter(isHere)) settle(entry);
      names = names.filter((entry) => !isHere(entry));
    },
    /** All that was ever done is on the disk. */
    settleAll(): void {
      for (const entry of names) settle(entry);
      names = [];
      for (const node of nodes.values()) if (node instanceof VolatileFile) node.sync();
    },
    /**
     * With `seed` 0 nothing survives but what was synced. Any other seed lets some of the rest survive, as a disk's
     * cache does: each write, or its first sectors, or not; changes of names up to some point, in their order.
     */
    cutPower(seed: number): { lostWrites: number; lostNames: number } {
      const random = seeded(seed);
      const survives = (bytes: number): number => {
        if (seed === 0 || random() < 0.5) return 0;
        return random() < 0.5 ? bytes : Math.min(bytes, SECTOR * Math.floor((random() * bytes) / SECTOR));
      };
      const kept = seed === 0 ? 0 : Math.floor(random() * (names.length + 1));
      for (const entry of names.slice(0, kept)) settle(entry);
      const lostNames = names.length - kept;
      names = [];
      let lostWrites = 0;
      for (const node of nodes.values()) {
        if (node instanceof VolatileFile) lostWrites += node.cut(survives);
        else node.entries = new Map(node.durable);
      }
      return { lostWrites, lostNames };
    },
  };
}

function set(entries: Map<string, Node>, name: string, node: Node | undefined): void {
  if (node) entries.set(name, node);
  else entries.delete(name);
}
