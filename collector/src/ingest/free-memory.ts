/**
 * Gives a buffer's memory back at once instead of at the next collection: what senders can make many of must not add up
 * until then. Only where the buffer is the whole of its memory: a part may be anybody's. It has no bytes afterwards.
 */
export function freeMemory({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength && !buffer.detached)
    buffer.transferToFixedLength(0);
}
