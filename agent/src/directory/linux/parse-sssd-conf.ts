import { parseIni } from "../../parse-ini.ts";

/** One domain that sssd serves from Active Directory. */
export interface SssdDomain {
  realm: string;
  domain: string;
  /** Names of controllers that are written down; none where DNS says them. */
  servers: string[];
  site?: string;
  /** Where its keys are, when not in the usual place. */
  keytab?: string;
  /** What realmd wrote: `manages-system joined-with-adcli`. */
  realmdTags: string[];
}

/**
 * The Active Directory domains of sssd.conf and its snippets, one text a file in the order in which they count
 * (sssd.conf(5), sssd-ad(5)). A domain that `domains` leaves out is off.
 */
export function parseSssdConf(texts: readonly string[]): SssdDomain[] {
  const sections = new Map<string, Map<string, string>>();
  for (const text of texts) {
    for (const [name, values] of parseIni(text)) {
      const known = sections.get(name) ?? new Map<string, string>();
      sections.set(name, known);
      for (const [key, value] of values) known.set(key, value);
    }
  }
  const names = listOf(sections.get("sssd")?.get("domains"));
  return names.flatMap((name) => {
    const values = sections.get(`domain/${name.toLowerCase()}`);
    if (values?.get("id_provider")?.toLowerCase() !== "ad") return [];
    const domain = values.get("ad_domain") || name;
    const site = values.get("ad_site");
    const keytab = values.get("krb5_keytab");
    return [
      {
        domain: domain.toLowerCase(),
        realm: (values.get("krb5_realm") || domain).toUpperCase(),
        servers: listOf(values.get("ad_server")).filter((server) => server !== "_srv_"),
        ...(site && { site }),
        ...(keytab && { keytab: keytab.replace(/^FILE:/i, "") }),
        realmdTags: (values.get("realmd_tags") ?? "").split(/\s+/).filter(Boolean),
      },
    ];
  });
}

function listOf(value: string | undefined): string[] {
  return (value ?? "")
    .split(",")
    .map((item) => item.trim())
    .filter(Boolean);
}
