/** Sections by name in small letters; keys in small letters without blanks, as Samba compares them. */
export type Ini = ReadonlyMap<string, ReadonlyMap<string, string>>;

/**
 * Sections, keys and values of smb.conf, sssd.conf, odbc.ini and their like: `#` and `;` begin a comment, a line that ends in `\`
 * goes on in the next. A line that is neither is passed over. Of a key that stands twice the last one counts.
 */
export function parseIni(text: string): Ini {
  const sections = new Map<string, Map<string, string>>();
  let section: Map<string, string> | undefined;
  for (const line of text
    .replace(/^\uFEFF/, "")
    .replace(/\\\r?\n/g, " ")
    .split(/\r?\n/)) {
    const trimmed = line.trim();
    if (trimmed === "" || /^[#;]/.test(trimmed)) continue;
    const heading = /^\[(?<name>[^\]]*)\]/.exec(trimmed)?.groups?.["name"]?.trim().toLowerCase();
    if (heading !== undefined) {
      section = sections.get(heading) ?? new Map<string, string>();
      sections.set(heading, section);
      continue;
    }
    const equals = trimmed.indexOf("=");
    if (equals < 1) continue;
    const key = trimmed.slice(0, equals).replace(/\s+/g, "").toLowerCase();
    section?.set(key, trimmed.slice(equals + 1).trim());
  }
  return sections;
}
