/** A name by which Oracle's clients know a database, and one of the addresses behind it. */
interface TnsAddress {
  alias: string;
  /** `db1:1521`. */
  server: string;
}

const ADDRESS = /\(\s*ADDRESS\s*=(?<parts>(?:\s*\([^()]*\))+)/gi;
const ALIAS = /^[\w.$,\s-]{1,512}$/;
const HOST = /^[\p{L}\p{N}._:-]{1,253}$/u;
/** Deeper ones are no description. */
const DEEPEST = 32;

/** The addresses of a tnsnames.ora (Oracle's Net Services Reference); of a text that is none, or whose parentheses don't match, what stood whole. */
export function parseTnsNames(text: string): TnsAddress[] {
  const found: TnsAddress[] = [];
  let [depth, begin, from] = [0, 0, 0];
  const plain = text.replace(/^[ \t]*#.*$/gm, "");
  for (const { 0: sign, index } of plain.matchAll(/[()]/g)) {
    if (sign === "(") {
      if (depth === 0) from = index;
      depth += 1;
      if (depth > DEEPEST) break;
      continue;
    }
    depth = Math.max(0, depth - 1);
    if (depth > 0) continue;
    const alias = plain.slice(begin, from).replace(/=\s*$/, "").trim();
    if (ALIAS.test(alias)) found.push(...addressesIn(alias.replace(/\s+/g, ""), plain.slice(from, index)));
    begin = index + 1;
  }
  return found;
}

function addressesIn(alias: string, description: string): TnsAddress[] {
  return [...description.matchAll(ADDRESS)].flatMap(({ groups }) => {
    const parts = groups?.["parts"] ?? "";
    const valueOf = (name: string): string =>
      new RegExp(String.raw`\(\s*${name}\s*=\s*(?<value>[^()\s]{1,253})\s*\)`, "i").exec(parts)?.groups?.["value"] ??
      "";
    const [host, port] = [valueOf("HOST"), valueOf("PORT")];
    if (!HOST.test(host)) return [];
    const server = host.includes(":") ? `[${host}]` : host;
    return [{ alias, server: /^\d{1,5}$/.test(port) ? `${server}:${port}` : server }];
  });
}
