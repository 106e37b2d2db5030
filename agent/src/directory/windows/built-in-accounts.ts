/** Of S-1-5-18, -19 and -20 (winnt.h), as an English Windows writes them. */
const ENGLISH = ["NT AUTHORITY\\SYSTEM", "NT AUTHORITY\\LocalService", "NT AUTHORITY\\NetworkService"];

/**
 * Gives built-in accounts by their English names, others as they are. Windows names them in its own language, and
 * programs of setup write that down or half of it: `NT-AUTORITÄT\Netzwerkdienst`, `NT-AUTORITÄT\NetworkService`.
 *
 * @param names how this host names the three; undefined where it doesn't say
 */
export function createEnglishNames(names: readonly (string | undefined)[]): (account: string) => string {
  const known = new Map(names.map((name, index) => [name?.toLowerCase(), ENGLISH[index]]));
  const authorities = new Set(names.map((name) => (name === undefined ? undefined : authorityOf(name))));
  return (account) => {
    const authority = authorityOf(account);
    const english = known.get(account.toLowerCase());
    if (english !== undefined || authority === undefined || !authorities.has(authority)) return english ?? account;
    return `NT AUTHORITY${account.slice(authority.length)}`;
  };
}

/** What stands before the backslash, in small letters. */
function authorityOf(account: string): string | undefined {
  const end = account.indexOf("\\");
  return end < 0 ? undefined : account.slice(0, end).toLowerCase();
}
