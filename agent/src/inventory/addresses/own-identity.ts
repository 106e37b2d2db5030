/** By what others, and licences, may mean this host. */
export interface OwnIdentity {
  /** In small letters, with and without the domain where both are known. */
  names: ReadonlySet<string>;
  addresses: ReadonlySet<string>;
  /** Of all adapters, also of those without an address: `00:50:56:aa:bb:cc`. Empty where they can't be read. */
  macs: ReadonlySet<string>;
}

/** True where a name or address means the host; of two names, of which one lacks the domain, the host's part counts. */
export function isOwn({ names, addresses }: OwnIdentity, name: string): boolean {
  const asked = name.toLowerCase();
  if (addresses.has(asked) || names.has(asked)) return true;
  const [label = ""] = asked.split(".");
  return [...names].some((own) => (own.includes(".") !== asked.includes(".") ? own.split(".")[0] === label : false));
}
