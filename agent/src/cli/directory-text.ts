import type { Directory } from "@portolan/protocol";
import { table } from "./table.ts";

/** The domain membership as lines for people, each statement with where it was read. */
export function directoryText(directory: Directory): string[] {
  const { status, reason, detail, method, role, realm, computerAccount, site, domainControllers } = directory;
  const parts = [
    realm !== undefined && `${status === "joined" || status === "broken" ? "" : "names "}${realm}`,
    computerAccount !== undefined && `as ${computerAccount}`,
    role !== undefined && role !== "member" && role,
    method,
    site !== undefined && `site ${site}`,
  ];
  const lines = [
    [`Directory: ${status}`, reason && `(${reason})`, parts.filter(Boolean).join(", ")].filter(Boolean).join(" "),
  ];
  if (detail !== undefined) lines.push(`  ${detail}`);
  if (domainControllers.length > 0) {
    const rows = domainControllers.map(({ name = "", address = "", source }) => [name, address, source]);
    lines.push(table(["controller", "address", "from"], rows));
  }
  if (directory.serviceAccounts.length > 0) {
    const rows = directory.serviceAccounts.map(({ account, kind, consumer }) => [account, kind, consumer]);
    lines.push(table(["service account", "kind", "used by"], rows));
  }
  if (directory.evidence.length === 0) lines.push("");
  else {
    const rows = directory.evidence.map(({ source, value, verifiedLive }) => [
      value,
      source,
      verifiedLive ? "yes" : "",
    ]);
    lines.push(table(["evidence", "read from", "confirmed"], rows));
  }
  return lines;
}
