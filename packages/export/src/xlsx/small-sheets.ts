import type { LeftOut } from "@portolan/firewall";
import { blindnessSentence } from "../blindness-sentences.ts";
import { NO_RULE_SENTENCES } from "../firewall-document.ts";
import type { HostCoverageSummary } from "../firewall-document.ts";
import { addressText } from "../text.ts";
import type { UnmanagedPeer } from "../unmanaged-peers.ts";
import { cellList, cellText, cellTime } from "./cell-text.ts";
import type { Column } from "./sheet.ts";

export const LEFT_OUT_COLUMNS: readonly Column<LeftOut>[] = [
  { header: "Client", width: 20, widest: 40, kind: "text", content: (item) => cellText(item.client) },
  { header: "Server", width: 20, widest: 40, kind: "text", content: (item) => cellText(item.server) },
  { header: "Protocol", width: 11, kind: "text", content: (item) => item.protocol },
  { header: "Port", width: 9, kind: "number", content: (item) => item.serverPort },
  { header: "Why no rule", width: 48, kind: "text", content: (item) => NO_RULE_SENTENCES[item.reason] },
];

export const PEER_COLUMNS: readonly Column<UnmanagedPeer>[] = [
  { header: "Address", width: 18, widest: 30, kind: "text", content: (peer) => cellText(addressText(peer.address)) },
  { header: "Site", width: 14, kind: "text", content: (peer) => cellText(peer.site) },
  { header: "Clients folded", width: 11, kind: "integer", content: (peer) => peer.folded },
  { header: "Is called on", width: 30, widest: 50, kind: "text", content: (peer) => cellList(peer.serves) },
  { header: "Calls", width: 30, widest: 50, kind: "text", content: (peer) => cellList(peer.uses) },
  { header: "Dependencies", width: 15, kind: "integer", content: (peer) => peer.dependencies },
  { header: "Connections", width: 13, kind: "integer", content: (peer) => peer.connections },
  { header: "First seen (UTC)", width: 17, kind: "time", content: (peer) => new Date(peer.firstSeen) },
  { header: "Last seen (UTC)", width: 17, kind: "time", content: (peer) => new Date(peer.lastSeen) },
];

export const COVERAGE_COLUMNS: readonly Column<HostCoverageSummary>[] = [
  { header: "Host", width: 18, widest: 36, kind: "text", content: (host) => cellText(host.name) },
  { header: "Site", width: 14, kind: "text", content: (host) => cellText(host.site) },
  { header: "Kind", width: 12, kind: "text", content: (host) => host.kind },
  { header: "First report (UTC)", width: 17, kind: "time", content: (host) => cellTime(host.firstReport) },
  { header: "Last report (UTC)", width: 17, kind: "time", content: (host) => cellTime(host.lastReport) },
  { header: "Days", width: 8, kind: "integer", content: (host) => host.days },
  { header: "Sources", width: 14, widest: 28, kind: "text", content: (host) => cellList(host.sources) },
  { header: "Observations lost", width: 14, kind: "integer", content: (host) => host.lost },
  { header: "Not looking (s)", width: 12, kind: "integer", content: (host) => Math.round(host.gapMs / 1000) },
  { header: "Cannot see", width: 82, kind: "text", content: (host) => cellList(host.blindTo.map(blindnessSentence)) },
];
