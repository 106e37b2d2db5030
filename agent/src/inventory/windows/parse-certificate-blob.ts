/** CERT_CERT_PROP_ID of wincrypt.h: the certificate itself, in DER. */
const CERTIFICATE = 32;
/** Of a property's number, its encoding and its length, each 32 bits. */
const HEAD_BYTES = 12;

/**
 * The certificate of a Blob value below SystemCertificates, where properties stand one behind the other; the others,
 * such as where its key is, are passed over. Nothing where there is none, or the value is cut off.
 */
export function parseCertificateBlob(blob: Buffer): Buffer | undefined {
  let at = 0;
  while (at + HEAD_BYTES <= blob.length) {
    const start = at + HEAD_BYTES;
    const end = start + blob.readUInt32LE(at + 8);
    if (end > blob.length) return undefined;
    if (blob.readUInt32LE(at) === CERTIFICATE) return blob.subarray(start, end);
    at = end;
  }
  return undefined;
}
