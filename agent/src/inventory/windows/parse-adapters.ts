import ipaddr from "ipaddr.js";
import { wideText } from "../../windows/win32.ts";

/** A network adapter, as GetAdaptersAddresses tells of it. */
export interface Adapter {
  /** As an administrator sees and may change it. */
  name: string;
  description: string;
  /** Hexadecimal with colons. */
  mac?: string;
  isLoopback: boolean;
  dhcp: boolean;
  addresses: { address: string; prefix: number }[];
  dnsServers: string[];
}

/** Offsets in IP_ADAPTER_ADDRESSES and what hangs from it, 64 bits (iptypes.h, ifdef.h, ws2def.h). */
const ADAPTER = {
  next: 8,
  unicast: 24,
  dns: 48,
  description: 64,
  friendlyName: 72,
  mac: 80,
  macLength: 88,
  flags: 92,
  type: 100,
};
const ADAPTER_BYTES = 108;
/** IP_ADAPTER_UNICAST_ADDRESS_LH and IP_ADAPTER_DNS_SERVER_ADDRESS begin alike. */
const ADDRESS = { next: 8, socketAddress: 16, socketAddressBytes: 24, prefix: 56 };
const DNS_BYTES = 32;
const UNICAST_BYTES = 57;
const FAMILY = { ipv4: 2, ipv6: 23 };
const TYPE_LOOPBACK = 24;
const FLAG_DHCP = 0x4;
const LONGEST_MAC = 8;
/** The protocol's limit of names. */
const LONGEST_NAME = 255;
/** What Windows puts where no server is configured (RFC 3879 took these addresses out of use). */
const PLACEHOLDER_DNS = /^fec0:0:0:ffff::[123]$/;

/**
 * The adapters in the buffer that GetAdaptersAddresses filled. Its pointers lead to other places of the same buffer; one
 * that leads out of it ends its list.
 *
 * @param base address of the buffer's first byte, when it was filled
 */
export function parseAdapters(bytes: Buffer, base: bigint): Adapter[] {
  /** Where a pointer leads, if that many bytes are there. */
  const follow = (at: number, size: number): number | undefined => {
    const offset = bytes.readBigUInt64LE(at) - base;
    return offset >= 0n && offset + BigInt(size) <= BigInt(bytes.length) ? Number(offset) : undefined;
  };
  const list = <Item>(first: number | undefined, next: number, size: number, read: (at: number) => Item): Item[] => {
    const items: Item[] = [];
    const visited = new Set<number>();
    for (let at = first; at !== undefined && !visited.has(at); at = follow(at + next, size)) {
      visited.add(at);
      items.push(read(at));
    }
    return items;
  };
  const text = (at: number): string => {
    const start = follow(at, 2);
    return start === undefined ? "" : wideText(bytes.subarray(start, start + 2 * LONGEST_NAME)).toWellFormed();
  };
  const address = (at: number): string | undefined => {
    const size = bytes.readUInt32LE(at + ADDRESS.socketAddressBytes);
    const start = size > 64 ? undefined : follow(at + ADDRESS.socketAddress, size);
    return start === undefined ? undefined : addressOf(bytes.subarray(start, start + size));
  };
  const adapter = (at: number): Adapter => {
    const mac = macOf(
      bytes.subarray(at + ADAPTER.mac, at + ADAPTER.mac + LONGEST_MAC),
      bytes.readUInt32LE(at + ADAPTER.macLength),
    );
    const unicast = list(follow(at + ADAPTER.unicast, UNICAST_BYTES), ADDRESS.next, UNICAST_BYTES, (item) => ({
      address: address(item),
      prefix: bytes.readUInt8(item + ADDRESS.prefix),
    }));
    const dns = list(follow(at + ADAPTER.dns, DNS_BYTES), ADDRESS.next, DNS_BYTES, address);
    return {
      name: text(at + ADAPTER.friendlyName),
      description: text(at + ADAPTER.description),
      ...(mac !== undefined && { mac }),
      isLoopback: bytes.readUInt32LE(at + ADAPTER.type) === TYPE_LOOPBACK,
      dhcp: (bytes.readUInt32LE(at + ADAPTER.flags) & FLAG_DHCP) !== 0,
      addresses: unicast.flatMap((item) =>
        item.address === undefined ? [] : [{ address: item.address, prefix: prefixOf(item.address, item.prefix) }],
      ),
      dnsServers: [...new Set(dns.filter((server) => server !== undefined))].filter(
        (server) => !PLACEHOLDER_DNS.test(server),
      ),
    };
  };
  return list(bytes.length >= ADAPTER_BYTES ? 0 : undefined, ADAPTER.next, ADAPTER_BYTES, adapter);
}

function addressOf(socketAddress: Buffer): string | undefined {
  const family = socketAddress.length < 2 ? undefined : socketAddress.readUInt16LE(0);
  if (family === FAMILY.ipv4 && socketAddress.length >= 8) return fromBytes(socketAddress.subarray(4, 8));
  if (family === FAMILY.ipv6 && socketAddress.length >= 24) return fromBytes(socketAddress.subarray(8, 24));
  return undefined;
}

function fromBytes(bytes: Buffer): string {
  return ipaddr.fromByteArray([...bytes]).toString();
}

function prefixOf(address: string, told: number): number {
  return Math.min(told, address.includes(":") ? 128 : 32);
}

function macOf(bytes: Buffer, length: number): string | undefined {
  const used = bytes.subarray(0, Math.min(length, LONGEST_MAC));
  if (used.every((byte) => byte === 0)) return undefined;
  return [...used].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
}
