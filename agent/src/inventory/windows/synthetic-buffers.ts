// SYNTHETIC buffers, laid out as the SDK's structures are, for what Wine does not show.

/** One structure after the other in a buffer that begins at a chosen address. */
function arena(base: bigint) {
  let bytes = Buffer.alloc(0);
  return {
    /** Offset of the added bytes, which begin at a multiple of eight. */
    add(part: Buffer): number {
      const at = (bytes.length + 7) & ~7;
      bytes = Buffer.concat([bytes, Buffer.alloc(at - bytes.length), part]);
      return at;
    },
    point(at: number, to: number): void {
      bytes.writeBigUInt64LE(base + BigInt(to), at);
    },
    bytes: () => bytes,
  };
}

const strings = (...all: string[]) => Buffer.from(`${all.join("\0")}\0\0`, "latin1");
const wide = (text: string) => Buffer.from(`${text}\0`, "utf16le");

function socketAddress(address: readonly number[]): Buffer {
  if (address.length === 4) return Buffer.from([2, 0, 0, 0, ...address, 0, 0, 0, 0, 0, 0, 0, 0]);
  return Buffer.from([23, 0, 0, 0, 0, 0, 0, 0, ...address, 0, 0, 0, 0]);
}

interface SyntheticAdapter {
  name: string;
  mac?: readonly number[];
  type?: number;
  flags?: number;
  /** Bytes of the address. */
  addresses?: { address: readonly number[]; prefix: number }[];
  dnsServers?: (readonly number[])[];
}

/** What GetAdaptersAddresses would fill for these adapters. */
export function syntheticAdapters(base: bigint, adapters: readonly SyntheticAdapter[]): Buffer {
  const { add, point, bytes } = arena(base);
  const chain = (head: number, items: readonly { size: number; prefix?: number; address: readonly number[] }[]) => {
    let link = head;
    for (const { size, prefix, address } of items) {
      const entry = Buffer.alloc(size);
      if (prefix !== undefined) entry.writeUInt8(prefix, 56);
      const [at, to] = [add(entry), add(socketAddress(address))];
      point(at + 16, to);
      bytes().writeUInt32LE(address.length === 4 ? 16 : 28, at + 24);
      point(link, at);
      link = at + 8;
    }
  };
  let link: number | undefined;
  for (const { name, mac = [], type = 6, flags = 0, addresses = [], dnsServers = [] } of adapters) {
    const adapter = Buffer.alloc(448);
    Buffer.from(mac).copy(adapter, 80);
    adapter.writeUInt32LE(mac.length, 88);
    adapter.writeUInt32LE(flags, 92);
    adapter.writeUInt32LE(type, 100);
    const at = add(adapter);
    if (link !== undefined) point(link, at);
    link = at + 8;
    point(at + 64, add(wide(`${name} adapter`)));
    point(at + 72, add(wide(name)));
    chain(
      at + 24,
      addresses.map(({ address, prefix }) => ({ size: 64, prefix, address })),
    );
    chain(
      at + 48,
      dnsServers.map((address) => ({ size: 32, address })),
    );
  }
  return bytes();
}

/** What GetSystemFirmwareTable would fill: a BIOS, a system, an end. */
export function syntheticSmbios(texts: { bios: string; manufacturer: string; product: string }, uuid: Buffer): Buffer {
  const bios = Buffer.concat([Buffer.from([0, 24, 0, 0, 1]), Buffer.alloc(19), strings(texts.bios)]);
  const system = Buffer.concat([
    Buffer.from([1, 27, 1, 0, 1, 2, 0, 0]),
    uuid,
    Buffer.alloc(3),
    strings(texts.manufacturer, texts.product),
  ]);
  const table = Buffer.concat([bios, system, Buffer.from([127, 4, 2, 0, 0, 0])]);
  const header = Buffer.from([0, 3, 2, 0, 0, 0, 0, 0]);
  header.writeUInt32LE(table.length, 4);
  return Buffer.concat([header, table]);
}

/** What GetLogicalProcessorInformationEx would fill: cores of several processor groups, by their masks. */
export function syntheticProcessors(cores: readonly { mask: bigint; group: number }[]): Buffer {
  return Buffer.concat(
    cores.map(({ mask, group }) => {
      const entry = Buffer.alloc(48);
      entry.writeUInt32LE(48, 4);
      entry.writeUInt16LE(1, 30);
      entry.writeBigUInt64LE(mask, 32);
      entry.writeUInt16LE(group, 40);
      return entry;
    }),
  );
}
