import type { DeniedField } from "./process-identity.ts";

/** Which right would let the agent read what it lacks. */
const RIGHTS: Record<DeniedField, string> = {
  executable: "PROCESS_QUERY_LIMITED_INFORMATION on the process (SeDebugPrivilege gives it)",
  user: "PROCESS_QUERY_LIMITED_INFORMATION on the process and TOKEN_QUERY on its token (SeDebugPrivilege gives both)",
  services: "SC_MANAGER_ENUMERATE_SERVICE on the Service Control Manager",
};

/** One sentence for each field that is lost, with the right that is missing. */
export function deniedWords(denied: ReadonlyMap<DeniedField, number>, owners: number): string[] {
  return [...denied].map(
    ([field, count]) =>
      `of ${count} of ${owners} processes the ${field} ${field === "services" ? "are" : "is"} not known: lacks ${RIGHTS[field]}`,
  );
}
