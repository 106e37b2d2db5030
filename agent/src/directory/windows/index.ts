import type { Directory } from "@portolan/protocol";
import { localRegistry, type Registry } from "../../windows/registry.ts";
import type { DirectoryOptions, DirectoryReader } from "../directory-reader.ts";
import { type AccountCalls, localAccounts } from "./account-calls.ts";
import { type DirectoryCalls, localCalls } from "./calls.ts";
import { judgeMembership } from "./membership.ts";
import { readEvidence } from "./read-evidence.ts";
import { readServiceAccounts } from "./service-accounts.ts";

/** The protocol's limit. */
const MOST_EVIDENCE = 1024;

/**
 * Reads membership from Windows' own functions and the registry. Nobody is asked over the network, so that there is no
 * probe to turn off.
 *
 * @param calls, registry, accountCalls this host's; a test's own otherwise
 */
export function createDirectoryReader(
  { now = Date.now }: DirectoryOptions,
  calls: DirectoryCalls = localCalls,
  registry: Registry = localRegistry,
  accountCalls: AccountCalls = localAccounts,
): DirectoryReader {
  let underWay: Promise<Directory> | undefined;

  async function read(): Promise<Directory> {
    const evidence = await readEvidence(calls, registry);
    const judged = judgeMembership(evidence, now());
    const owner = { hostName: evidence.registry.computerName.text ?? "", isController: judged.role === "dc" };
    const { accounts, unread } = await readServiceAccounts(registry, owner, accountCalls);
    return { ...judged, serviceAccounts: accounts, evidence: withinLimit([...judged.evidence, ...unread]) };
  }

  return {
    read() {
      underWay ??= read().finally(() => (underWay = undefined));
      return underWay;
    },
  };
}

/** What is too much is counted in the last row. */
function withinLimit(rows: Directory["evidence"]): Directory["evidence"] {
  if (rows.length <= MOST_EVIDENCE) return rows;
  const told = rows.slice(0, MOST_EVIDENCE - 1);
  const value = `${rows.length - told.length} further rows are not told`;
  return [...told, { source: "evidence", value, privileged: false, verifiedLive: false }];
}
