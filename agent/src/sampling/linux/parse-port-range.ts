/** The kernel's default, include/net/netns/ipv4.h and ip-sysctl. */
export const DEFAULT_EPHEMERAL_PORTS = { from: 32768, to: 60999 } as const;

/** Reads /proc/sys/net/ipv4/ip_local_port_range: two numbers, both ends included; undefined where it is not that. */
export function parsePortRange(bytes: Uint8Array): { from: number; to: number } | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
  const match = /^(\d{1,5})\s+(\d{1,5})\s*$/.exec(text);
  if (match === null) return undefined;
  const range = { from: Number(match[1]), to: Number(match[2]) };
  return range.from <= range.to && range.to <= 65535 ? range : undefined;
}
