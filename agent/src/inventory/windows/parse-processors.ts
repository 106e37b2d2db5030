/** Offsets in SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX with a PROCESSOR_RELATIONSHIP, 64 bits (winnt.h). */
const ENTRY = { relationship: 0, size: 4, groupCount: 30, groups: 32 };
const CORE = 0;
const GROUP_BYTES = 16;

/** Cores, and the processors that programs see, as GetLogicalProcessorInformationEx tells of all processor groups. */
export function parseProcessors(bytes: Buffer): { cores: number; logicalCores: number } {
  const count = { cores: 0, logicalCores: 0 };
  for (let at = 0; at + ENTRY.groups <= bytes.length;) {
    const size = bytes.readUInt32LE(at + ENTRY.size);
    if (size < ENTRY.groups || at + size > bytes.length) break;
    if (bytes.readUInt32LE(at + ENTRY.relationship) === CORE) {
      count.cores++;
      const groups = bytes.readUInt16LE(at + ENTRY.groupCount);
      for (let group = 0; group < groups; group++) {
        const mask = at + ENTRY.groups + group * GROUP_BYTES;
        if (mask + 8 > at + size) break;
        count.logicalCores += bitsOf(bytes.readBigUInt64LE(mask));
      }
    }
    at += size;
  }
  return count;
}

function bitsOf(mask: bigint): number {
  return mask.toString(2).replaceAll("0", "").length;
}
