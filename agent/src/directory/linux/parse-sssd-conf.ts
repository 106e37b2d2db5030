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
  const sections = sectionsOf(texts);
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
        ...(keytab && { keytab: keytab.replace(/^(?:WR)?FILE:/i, "") }),
        realmdTags: (values.get("realmd_tags") ?? "").split(/\s+/).filter(Boolean),
      },
    ];
  });
}

/** A domain that sssd serves from another kind of directory: FreeIPA, plain LDAP. */
export interface OtherDomain {
  domain: string;
  realm: string;
  /** `ipa`, `ldap`, in small letters. */
  provider: string;
}

/** The domains that are on and are none of Active Directory, as {@link parseSssdConf} reads them. */
export function otherDomains(texts: readonly string[]): OtherDomain[] {
  const sections = sectionsOf(texts);
  return listOf(sections.get("sssd")?.get("domains")).flatMap((name) => {
    const values = sections.get(`domain/${name.toLowerCase()}`);
    const provider = values?.get("id_provider")?.toLowerCase();
    if (provider === undefined || provider === "" || provider === "ad") return [];
    const domain = (values?.get("ipa_domain") || name).toLowerCase();
    return [{ domain, realm: (values?.get("krb5_realm") || domain).toUpperCase(), provider }];
  });
}

/**
 * Why a file or snippet can't be what sssd reads, as after a crash or a cut copy; undefined where nothing speaks against it.
 * A line that begins with a blank goes on with the one before.
 */
export function damageOfSssdConf(text: string): string | undefined {
  if (/[\0\uFFFD]/.test(text)) return "not text";
  const odd = text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .findIndex((line) => !/^(?:\s|[#;]|\[[^\]]+\]|[^=]+=|$)/.test(line));
  return odd === -1 ? undefined : `line ${odd + 1} is neither a section nor a setting`;
}

/** True where domains are named and nothing tells what any of them is, as in a file that was cut off. */
export function lacksDomains(texts: readonly string[]): boolean {
  const sections = sectionsOf(texts);
  const names = listOf(sections.get("sssd")?.get("domains"));
  const isTold = names.some((name) => sections.get(`domain/${name.toLowerCase()}`)?.has("id_provider") === true);
  return names.length > 0 && !isTold;
}

/** Of several files; a later one overrides. */
function sectionsOf(texts: readonly string[]): Map<string, Map<string, string>> {
  const sections = new Map<string, Map<string, string>>();
  for (const text of texts) {
    for (const [name, values] of parseIni(text)) {
      const known = sections.get(name) ?? new Map<string, string>();
      sections.set(name, known);
      for (const [key, value] of values) known.set(key, value);
    }
  }
  return sections;
}

function listOf(value: string | undefined): string[] {
  return (value ?? "")
    .split(",")
    .map((item) => item.trim())
    .filter(Boolean);
}
