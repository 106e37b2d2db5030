/** One assignment of a file of sections, as it stands. */
interface IniLine {
  /** In small letters; "" before the first heading. */
  section: string;
  /** In small letters without blanks, as Samba compares them. */
  key: string;
  value: string;
}

/** Sections by name in small letters, each with its keys. */
type Ini = ReadonlyMap<string, ReadonlyMap<string, string>>;

/**
 * The assignments of smb.conf, sssd.conf, odbc.ini, systemd's files and their like, in order: `#` and `;` begin a comment, a
 * line that ends in `\` goes on in the next. A line that is neither heading nor assignment is passed over.
 */
export function parseIniLines(text: string): IniLine[] {
  const lines: IniLine[] = [];
  let section = "";
  for (const line of text
    .replace(/^\uFEFF/, "")
    .replace(/\\\r?\n/g, " ")
    .split(/\r?\n/)) {
    const trimmed = line.trim();
    if (trimmed === "" || /^[#;]/.test(trimmed)) continue;
    const heading = /^\[(?<name>[^\]]*)\]/.exec(trimmed)?.groups?.["name"];
    if (heading !== undefined) {
      section = heading.trim().toLowerCase();
      continue;
    }
    const equals = trimmed.indexOf("=");
    if (equals < 1) continue;
    const key = trimmed.slice(0, equals).replace(/\s+/g, "").toLowerCase();
    lines.push({ section, key, value: trimmed.slice(equals + 1).trim() });
  }
  return lines;
}

/** The same by section and key; of a key that stands twice the last one counts, and what stands before any heading does not. */
export function parseIni(text: string): Ini {
  const sections = new Map<string, Map<string, string>>();
  for (const { section, key, value } of parseIniLines(text)) {
    if (section === "") continue;
    const values = sections.get(section) ?? new Map<string, string>();
    sections.set(section, values.set(key, value));
  }
  return sections;
}
