import { isIP } from "node:net";
import type { AddressDependency } from "@portolan/protocol";
import { parseIniLines } from "../../parse-ini.ts";

type Kind = AddressDependency["kind"];

/** A name server or a suffix, with the adapter it belongs to where the file says so. */
export interface ResolverSetting {
  kind: Extract<Kind, "dns-server" | "dns-suffix">;
  adapter?: string;
  target: string;
}

/**
 * Name servers and suffixes of resolv.conf(5). A name server on this host itself, such as systemd-resolved's, is
 * left out: whom that one asks stands elsewhere.
 */
export function parseResolvConf(text: string): { settings: ResolverSetting[]; generatedBy?: string } {
  const settings: ResolverSetting[] = [];
  let suffixes: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    const [key, ...values] = line.trim().split(/\s+/);
    if (key === "nameserver") settings.push(...servers([values[0] ?? ""]));
    // The last of both lines counts.
    if (key === "search" || key === "domain") suffixes = values;
  }
  const by = /^#.*\b(?<by>NetworkManager|systemd-resolved|resolvconf|dhclient|dhcpcd|cloud-init)\b/im.exec(text)
    ?.groups?.["by"];
  return { settings: [...settings, ...suffixesOf(suffixes)], ...(by !== undefined && { generatedBy: by }) };
}

/** systemd's resolved.conf(5) and *.network(5): DNS= and Domains=; an interface's by its [Match] Name. */
export function parseSystemdResolver(text: string): ResolverSetting[] {
  const lines = parseIniLines(text);
  const adapter = lines.find(({ section, key }) => section === "match" && key === "name")?.value;
  return lines
    .filter(({ section }) => section === "resolve" || section === "network")
    .flatMap(({ key, value }) => {
      const values = value.split(/\s+/).filter(Boolean);
      if (key === "dns") return servers(values.map((server) => server.replace(/#.*$/, "")));
      return key === "domains" ? suffixesOf(values.map((suffix) => suffix.replace(/^~/, ""))) : [];
    })
    .map((setting) => withAdapter(setting, adapter));
}

/** NetworkManager's keyfiles: dns and dns-search of [ipv4] and [ipv6]. */
export function parseNetworkManager(text: string): ResolverSetting[] {
  const lines = parseIniLines(text);
  const own = (name: string) => lines.find(({ section, key }) => section === "connection" && key === name)?.value;
  const adapter = own("interface-name") ?? own("id");
  return lines
    .filter(({ section }) => section === "ipv4" || section === "ipv6")
    .flatMap(({ key, value }) => {
      const values = value.split(/[;,]/).map((item) => item.trim());
      if (key === "dns") return servers(values);
      return key === "dns-search" ? suffixesOf(values) : [];
    })
    .map((setting) => withAdapter(setting, adapter));
}

/** Red Hat's ifcfg files (DNS1=, DOMAIN=). */
export function parseIfcfg(text: string): ResolverSetting[] {
  const lines = parseIniLines(text).map(({ key, value }) => ({ key, value: value.replace(/^["'](.*)["']$/, "$1") }));
  const adapter = lines.find(({ key }) => key === "device" || key === "name")?.value;
  return lines
    .flatMap(({ key, value }) => {
      if (/^dns\d$/.test(key)) return servers([value]);
      return key === "domain" ? suffixesOf(value.split(/\s+/)) : [];
    })
    .map((setting) => withAdapter(setting, adapter));
}

/** Debian's interfaces(5): dns-nameservers and dns-search below an iface line. */
export function parseInterfaces(text: string): ResolverSetting[] {
  let adapter: string | undefined;
  return text.split(/\r?\n/).flatMap((line) => {
    const [key, ...values] = line.trim().split(/\s+/);
    if (key === "iface") adapter = values[0];
    const settings = /^dns-nameservers?$/.test(key ?? "")
      ? servers(values)
      : key === "dns-search"
        ? suffixesOf(values)
        : [];
    return settings.map((setting) => withAdapter(setting, adapter));
  });
}

function servers(values: readonly string[]): ResolverSetting[] {
  const addresses = values.map((value) => value.replace(/^\[(.*)\](?::\d+)?$/, "$1").replace(/%.*$/, ""));
  return addresses
    .filter((address) => isIP(address) !== 0 && !address.startsWith("127.") && address !== "::1")
    .map((target) => ({ kind: "dns-server" as const, target }));
}

function suffixesOf(values: readonly string[]): ResolverSetting[] {
  const names = values.filter((value) => /^[\w-]+(?:\.[\w-]+)*\.?$/.test(value) && value.length <= 253);
  return names.map((target) => ({ kind: "dns-suffix" as const, target }));
}

function withAdapter(setting: ResolverSetting, adapter: string | undefined): ResolverSetting {
  return adapter === undefined || adapter === "" ? setting : { ...setting, adapter };
}
