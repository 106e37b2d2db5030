import type { BLINDNESS } from "@portolan/protocol";

/**
 * The sentences of the protocol's BLINDNESS. The type holds them to the protocol's wording, so that the writers need
 * no code of the protocol (and not its schemas) at run time.
 */
const SENTENCES: typeof BLINDNESS = {
  "udp-peers": "peers of unconnected UDP sockets",
  resets: "connections that ended in a reset between two samples",
  "peer-closed": "connections shorter than the sampling interval that the other end closed first",
  "failed-attempts": "connection attempts that were refused or not answered between two samples",
  bytes: "bytes per flow",
  processes: "processes of other users (the agent lacks the privilege to name them)",
  containers: "connections inside other network namespaces",
  "container-ends":
    "connections inside other network namespaces that ended in a reset, were refused or not answered between two samples",
};

const byWord = new Map<string, string>(Object.entries(SENTENCES));

/** What a word of `blindTo` means; a word that a newer agent brought is given back as it is. */
export function blindnessSentence(word: string): string {
  return byWord.get(word) ?? word;
}
