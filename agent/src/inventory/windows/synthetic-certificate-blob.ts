/** SYNTHETIC: a Blob value as the certificate store writes it, of properties by number. */
export function syntheticCertificateBlob(properties: readonly (readonly [id: number, content: Buffer])[]): Buffer {
  return Buffer.concat(
    properties.flatMap(([id, content]) => {
      const head = Buffer.alloc(12);
      head.writeUInt32LE(id, 0);
      head.writeUInt32LE(1, 4);
      head.writeUInt32LE(content.length, 8);
      return [head, content];
    }),
  );
}
