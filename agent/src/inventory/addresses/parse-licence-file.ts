/** A host that a licence file is for. */
export interface LicenceHost {
  name: string;
  /** Absent where the file leaves it to the program. */
  port?: string;
  /** What the licence is bound to; absent where it is good for any host. */
  boundTo?: BoundTo;
}

/** What of a machine a licence's signature covers, which a new machine hasn't got. */
export interface BoundTo {
  kind: "mac" | "address" | "other";
  /** `00:50:56:aa:bb:cc`, `10.1.1.5`; of other kinds as it stands: `VM_UUID=…`. */
  value: string;
}

export interface LicenceFile {
  product: "FLEXlm" | "RLM";
  hosts: LicenceHost[];
  /** Of single licences that take no server. */
  locks: BoundTo[];
}

const HOST_LINE =
  /^(?<word>SERVER|HOST)\s+(?<name>[\p{L}\p{N}._:-]{1,253})\s+(?<id>"[^"]*"|\S+)(?:\s+(?<port>\d{1,5}))?(?:\s|$)/iu;
const LOCK = /\sHOSTID=(?<id>"[^"]*"|\S+)/gi;
/** Good for any host, or of a kind that is passed over: other words show that the line is none of a licence. */
const OTHER_ID = /^(?:ANY|DEMO|0|"[^"]*"|\w+=\S+)$/i;
/** Those that name a machine; not users, displays and the like, which a licence may be bound to as well. */
const OTHER_KINDS =
  /^(?:HOSTNAME|HOST|VM_UUID|VMW_UUID|UUID|FLEXID|ID|DISK_SERIAL_NUM|DISKSN|COMPOSITE2?|RLMID\d|ISV)=[\w.:-]{1,128}$/i;

/**
 * Whom the licence files of FLEXlm and RLM name, which share a form: `SERVER host hostid [port]`, RLM's `HOST` with the
 * same, and the host ids of `FEATURE`, `INCREMENT` and `LICENSE` lines. Host ids are part of each signature: a licence
 * for another one has to come from its vendor, while names and ports may be edited. Keys and signatures are passed over.
 */
export function parseLicenceFile(text: string): LicenceFile {
  const file: LicenceFile = { product: "FLEXlm", hosts: [], locks: [] };
  for (const line of text.replace(/\\\r?\n/g, " ").split(/\r?\n/)) {
    const trimmed = line.trim();
    if (/^(?:ISV|LICENSE)\s/i.test(trimmed)) file.product = "RLM";
    const { word = "", name, id = "", port } = HOST_LINE.exec(trimmed)?.groups ?? {};
    const [boundTo] = hostIds(id);
    if (name !== undefined && (boundTo !== undefined || OTHER_ID.test(id))) {
      if (/^HOST$/i.test(word)) file.product = "RLM";
      file.hosts.push({ name, ...(port !== undefined && { port }), ...(boundTo !== undefined && { boundTo }) });
    } else if (/^(?:FEATURE|INCREMENT|UPGRADE|LICENSE)\s/i.test(trimmed)) {
      for (const match of trimmed.matchAll(LOCK)) file.locks.push(...hostIds(match.groups?.["id"] ?? ""));
    }
  }
  return file;
}

/** Several stand between quotation marks; one of the kinds that bind to no host gives nothing. */
function hostIds(text: string): BoundTo[] {
  return text
    .replaceAll('"', "")
    .split(/\s+/)
    .flatMap((id): BoundTo[] => {
      const bare = id.replace(/^ETHER=/i, "");
      const mac = /^[0-9a-f]{12}$/i.test(bare.replace(/[:-]/g, "")) ? bare.replace(/[:-]/g, "") : undefined;
      if (mac !== undefined) return [{ kind: "mac", value: (mac.match(/../g) ?? []).join(":").toLowerCase() }];
      const address = /^(?:INTERNET|IP)=(?<address>[0-9a-f.:*]{2,45})$/i.exec(id)?.groups?.["address"];
      if (address !== undefined) return [{ kind: "address", value: address }];
      // Eight digits: gethostid(3), or a disk's serial number.
      return /^[0-9a-f]{8}$/i.test(id) || OTHER_KINDS.test(id) ? [{ kind: "other", value: id }] : [];
    });
}
