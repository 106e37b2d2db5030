import iconv from "iconv-lite";

/** What a decoder puts where bytes mean nothing, and NUL, of which UTF-16 is full: no text file holds either. */
const UNTEXTUAL = /\uFFFD|\0/;

/**
 * Text of a file that a person saved: UTF-8 with or without mark, else CP949 (what Korean Windows calls ANSI).
 * Undefined when it is neither. CP949 is read by iconv-lite because Node's own `euc-kr` decoder drops the lead byte of
 * the syllables that CP949 adds to EUC-KR, without an error.
 */
export function decodeText(bytes: Uint8Array): string | undefined {
  const text = utf8(bytes) ?? iconv.decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), "cp949");
  return UNTEXTUAL.test(text) ? undefined : text;
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
