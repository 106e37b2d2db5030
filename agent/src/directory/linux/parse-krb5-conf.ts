/** What krb5.conf says (krb5.conf(5)). */
export interface KerberosSettings {
  defaultRealm?: string;
  defaultKeytab?: string;
  /** Servers that are written down for a realm; with DNS there are none. */
  servers: { realm: string; server: string }[];
  /** Further files and folders that it names. */
  includes: { path: string; isFolder: boolean }[];
}

/** The default realm and keytab, and the servers that are written down. A port or `http` before a server is left out. */
export function parseKrb5Conf(text: string): KerberosSettings {
  const settings: KerberosSettings = { servers: [], includes: [] };
  let section = "";
  const within: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    const trimmed = line.trim();
    if (trimmed === "" || /^[#;]/.test(trimmed)) continue;
    const include = /^include(?<folder>dir)?\s+(?<path>\/\S+)/.exec(trimmed)?.groups;
    if (include?.["path"] !== undefined) {
      settings.includes.push({ path: include["path"], isFolder: include["folder"] !== undefined });
      continue;
    }
    const heading = /^\[(?<name>[^\]]+)\]/.exec(trimmed)?.groups?.["name"];
    if (heading !== undefined) {
      section = heading.toLowerCase();
      within.length = 0;
    } else if (trimmed.startsWith("}")) within.pop();
    else {
      const [key = "", ...rest] = trimmed.split("=");
      const value = rest.join("=").trim();
      if (value === "{") within.push(key.trim());
      else take(settings, section, within, key.trim().toLowerCase(), value);
    }
  }
  return settings;
}

function take(to: KerberosSettings, section: string, within: readonly string[], key: string, value: string): void {
  const [realm] = within;
  if (value === "") return;
  if (section === "libdefaults" && realm === undefined) {
    if (key === "default_realm") to.defaultRealm = value;
    if (key === "default_keytab_name") to.defaultKeytab = value.replace(/^(?:WR)?FILE:/i, "");
  }
  if (section === "realms" && realm !== undefined && within.length === 1 && key === "kdc") {
    const server = value.replace(/^(?:https?:\/\/|(?:tcp|udp)\/)/i, "").replace(/(?<=^[^:]*):\d+$/, "");
    to.servers.push({ realm, server: server.replace(/^\[(.*)\](?::\d+)?$/, "$1") });
  }
}
