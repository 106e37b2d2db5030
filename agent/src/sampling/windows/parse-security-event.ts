import { withoutZone } from "../address-text.ts";

/** A connection that the Windows Filtering Platform permitted (5156) or blocked (5157), from the Security log. */
export interface SecurityEvent {
  kind: "allowed" | "blocked";
  protocol: "tcp" | "udp";
  direction: "inbound" | "outbound";
  /** The ends as the event has them: of an inbound one the source is this host, by Microsoft's own example. */
  sourceAddress: string;
  sourcePort: number;
  destinationAddress: string;
  destinationPort: number;
  /** Milliseconds since 1970 UTC. */
  at: number;
  pid: number;
  /** As the kernel writes it: "\device\harddiskvolume2\…", in lower case. */
  application: string;
}

const KINDS: Record<string, SecurityEvent["kind"]> = { "5156": "allowed", "5157": "blocked" };
const PROTOCOLS: Record<string, SecurityEvent["protocol"]> = { "6": "tcp", "17": "udp" };
/** Numbers of the messages "Inbound" and "Outbound", the same in every language. */
const DIRECTIONS: Record<string, SecurityEvent["direction"]> = { "%%14592": "inbound", "%%14593": "outbound" };

/**
 * One event as XML, as EvtRender writes it (EvtRenderEventXml). "other" for another event or protocol, undefined where
 * it makes no sense.
 */
export function parseSecurityEvent(xml: string): SecurityEvent | "other" | undefined {
  const id = /<EventID(?: [^>]*)?>(\d+)<\/EventID>/.exec(xml)?.[1] ?? "";
  const kind = KINDS[id];
  if (kind === undefined) return id === "" ? undefined : "other";
  const data = new Map<string, string>();
  for (const [, name = "", value = ""] of xml.matchAll(/<Data Name=['"](\w+)['"]>([^<]*)<\/Data>/g))
    data.set(name, value);
  const text = (name: string): string => withoutEntities(data.get(name) ?? "");
  const protocol = PROTOCOLS[text("Protocol")];
  if (protocol === undefined) return data.has("Protocol") ? "other" : undefined;
  const direction = DIRECTIONS[text("Direction")];
  const at = Date.parse(/<TimeCreated SystemTime=['"]([^'"]+)['"]/.exec(xml)?.[1] ?? "");
  const [sourceAddress, destinationAddress] = [withoutZone(text("SourceAddress")), withoutZone(text("DestAddress"))];
  const [sourcePort, destinationPort] = [numberOf(text("SourcePort")), numberOf(text("DestPort"))];
  const pid = numberOf(text("ProcessID") || text("ProcessId"));
  if (direction === undefined || sourceAddress === undefined || destinationAddress === undefined) return undefined;
  if (![sourcePort, destinationPort, pid, at].every((number) => Number.isInteger(number))) return undefined;
  if (Math.max(sourcePort, destinationPort) > 65_535) return undefined;
  return {
    kind,
    protocol,
    direction,
    sourceAddress,
    sourcePort,
    destinationAddress,
    destinationPort,
    at,
    pid,
    application: text("Application"),
  };
}

/** NaN of no text, too. */
function numberOf(text: string): number {
  return text === "" ? Number.NaN : Number(text);
}

function withoutEntities(text: string): string {
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&apos;", "'")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");
}
