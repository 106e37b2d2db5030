import type { Directory } from "@portolan/protocol";

/** DNS name of the domain that a host tells of, in small letters; of one that knows its realm alone, the realm's. */
export function domainOf({ dnsDomain, realm }: Pick<Directory, "dnsDomain" | "realm">): string | undefined {
  return (dnsDomain ?? realm)?.toLowerCase();
}
