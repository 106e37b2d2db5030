import type { DeniedField } from "./process-identity.ts";

/** Which right would let the agent read what it lacks. */
const RIGHTS: Record<DeniedField, string> = {
  executable: "PROCESS_QUERY_LIMITED_INFORMATION on the process (SeDebugPrivilege gives it)",
  user: "PROCESS_QUERY_LIMITED_INFORMATION on the process and TOKEN_QUERY on its token (SeDebugPrivilege gives both)",
  services: "SC_MANAGER_ENUMERATE_SERVICE on the Service Control Manager",
};

/** One sentence for each field that is lost, with the right that is missing. */
export function deniedWords(denied: ReadonlyMap<DeniedField, number>, owners: number): string[] {
  return [...denied].map(([field, count]) => deniedWord(field, count, owners));
}

/** The sentence for one field. */
export function deniedWord(field: DeniedField, count: number, owners: number): string {
  const verb = field === "services" ? "are" : "is";
  return `of ${count} of ${owners} processes the ${field} ${verb} not known: lacks ${RIGHTS[field]}`;
}
