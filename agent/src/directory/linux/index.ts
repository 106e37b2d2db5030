import type { Directory } from "@portolan/protocol";
import type { DirectoryOptions, DirectoryReader, ProbeResult } from "../directory-reader.ts";
import { heldAccount, judgeMembership, membershipKey } from "./membership.ts";
import { probeMembership } from "./probe.ts";
import { readEvidence } from "./read-evidence.ts";
import { readServiceAccounts } from "./service-accounts.ts";

/** However often the evidence is read: controllers are asked no more often. */
const PROBE_INTERVAL_MS = 3_600_000;
/** The protocol's limit. */
const MOST_EVIDENCE = 1024;

/** Reads membership from files and the agent's own view of the sockets, and asks a controller at most once an hour. */
export function createDirectoryReader(options: DirectoryOptions): DirectoryReader {
  const { etcRoot = "/etc", varRoot = "/var", optRoot = "/opt", usrRoot = "/usr", runRoot = "/run" } = options;
  const { controllerSockets, probes = true, probeMemory, signal, toolPath, now = Date.now } = options;
  let last: ProbeResult | undefined;
  const isStopped = (): boolean => signal?.aborted === true;
  let underWay: Promise<Directory> | undefined;

  async function probe(evidence: ReturnType<typeof readEvidence>): Promise<ProbeResult | undefined> {
    const account = heldAccount(evidence);
    // With another folder for /etc the tools would read another host's files than we did.
    if (account === undefined || !probes || (etcRoot !== "/etc" && toolPath === undefined)) return undefined;
    const membership = membershipKey(account);
    const at = now();
    // `portolan-agent once` asks for the same host, and remembers in the same place.
    const remembered = probeMemory?.recall();
    if (remembered !== undefined && (last === undefined || remembered.at > last.at)) last = remembered;
    // Either way, as the clock may have been set back.
    const isDue = last === undefined || Math.abs(at - last.at) >= PROBE_INTERVAL_MS;
    if (isDue && !isStopped()) {
      const began = performance.now();
      // Before it ends: one that ends with the agent counts as well.
      last = {
        tool: "adcli testjoin",
        outcome: "unclear",
        detail: "no answer yet, or the agent ended meanwhile",
        membership,
        at,
        ms: 0,
      };
      await probeMemory?.keep(last);
      const result = await probeMembership(account, { signal, ...(toolPath !== undefined && { toolPath }) });
      // One that was ended with the agent says nothing.
      if (isStopped()) return last;
      last = { ...result, membership, at, ms: performance.now() - began };
      await probeMemory?.keep(last);
    }
    return last?.membership === membership ? last : undefined;
  }

  async function read(): Promise<Directory> {
    const evidence = readEvidence({ etcRoot, varRoot, optRoot, usrRoot, runRoot }, controllerSockets?.() ?? []);
    const at = now();
    const judged = judgeMembership(evidence, await probe(evidence), at);
    const isJoined = judged.status === "joined" || judged.status === "broken";
    const { accounts, unread } = readServiceAccounts(
      { etcRoot, varRoot, optRoot, usrRoot, runRoot },
      { isJoined, computerAccount: judged.computerAccount, hostKeytabs: evidence.keytabs.map(({ path }) => path) },
    );
    return { ...judged, serviceAccounts: accounts, evidence: [...judged.evidence, ...unread].slice(0, MOST_EVIDENCE) };
  }

  return {
    read() {
      underWay ??= read().finally(() => (underWay = undefined));
      return underWay;
    },
  };
}
