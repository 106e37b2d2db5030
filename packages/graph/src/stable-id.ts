/**
 * 64 bits of a text as 16 hex digits, for ids that must be the same in every run and in the browser (so no node:crypto).
 * Two 32-bit FNV-1a lanes with different primes, each closed by murmur3's finaliser. Not for security. With a million
 * texts the chance of any collision is about 3e-8. O(length).
 */
export function stableId(text: string): string {
  let a = 0x811c9dc5;
  let b = 0x9747b28c;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ unit, 0x85ebca6b);
    b ^= b >>> 15;
  }
  return hex(mix(a)) + hex(mix(b ^ text.length));
}

function mix(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

function hex(value: number): string {
  return value.toString(16).padStart(8, "0");
}
