import { z } from "zod";

/** RFC 3339 time. Agents write UTC with milliseconds; an offset is accepted. */
export const Timestamp = z.iso.datetime({ offset: true });
export type Timestamp = z.infer<typeof Timestamp>;

/** IPv4 or IPv6 address without prefix. IPv4-mapped IPv6 is written as IPv4 by agents. */
export const IpAddress = z.union([z.ipv4(), z.ipv6()], { error: "expected an IPv4 or IPv6 address" });

/** Address with prefix length, as in 10.1.2.0/24. */
export const IpRange = z.union([z.cidrv4(), z.cidrv6()], { error: "expected an address range such as 10.1.2.0/24" });

export const Port = z.int().min(0).max(65535);
export const Protocol = z.enum(["tcp", "udp"]);
export type Protocol = z.infer<typeof Protocol>;

export const Count = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

/** Short free text: names of hosts, users, units. */
export const Name = z.string().min(1).max(255);

/** IANA name of a time zone, such as Asia/Seoul. */
export const TimeZone = z.string().min(1).max(64);

/** Network namespace of a container; absent means the host's own. */
export const Scope = z.string().min(1).max(128);
