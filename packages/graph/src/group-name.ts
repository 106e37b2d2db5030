const BOUNDARY = /[^\p{L}]/u;

/**
 * A name for hosts that belong together: what their names begin with in common, cut at a digit or separator, so that
 * erp-app01 and erp-db01 are "erp" and payroll and payments nothing. Undefined where under two characters remain.
 */
export function commonName(names: readonly string[]): string | undefined {
  const [first = "", ...others] = names.map((name) => name.split("@")[0] ?? name);
  let length = first.length;
  for (const other of others) {
    let common = 0;
    while (common < length && first[common] === other[common]) common++;
    length = common;
  }
  const endsAtBoundary = [first, ...others].every(
    (name) => name.length === length || BOUNDARY.test(name[length] ?? ""),
  );
  let prefix = first.slice(0, length);
  if (!endsAtBoundary) while (prefix !== "" && !BOUNDARY.test(prefix.slice(-1))) prefix = prefix.slice(0, -1);
  prefix = prefix.replace(/[^\p{L}]+$/u, "");
  return prefix.length >= 2 ? prefix : undefined;
}
