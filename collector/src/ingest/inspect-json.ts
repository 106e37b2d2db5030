import { REPORT_LIMITS } from "@portolan/protocol";
import { ApiError } from "../errors.ts";
import { MOST_LEVELS } from "./nesting.ts";

/** What the text of a report may hold at most. Whoever parses it pays for each of these in memory. */
const BOUNDS = {
  depth: MOST_LEVELS,
  /** Bytes of one text or number, or of blanks in a row; the longest text that a report may hold has 1,024 characters. */
  token: 64 * 1024,
  /** Items of one list or members of one object: as many as a report may hold flows. */
  items: REPORT_LIMITS.flows,
  /** Lists and objects: each flow is one and has one or two. */
  containers: 400_000,
} as const;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const [IS_QUOTE, IS_OPENING, IS_CLOSING, IS_COLON, IS_COMMA] = [1, 2, 3, 4, 5] as const;
const KINDS = new Uint8Array(256);
KINDS[QUOTE] = IS_QUOTE;
for (const [characters, kind] of [
  ["{[", IS_OPENING],
  ["}]", IS_CLOSING],
  [":", IS_COLON],
  [",", IS_COMMA],
] as const)
  for (const character of characters) KINDS[character.charCodeAt(0)] = kind;

const tooLarge = (detail: string) => new ApiError("too_large", detail);

/**
 * Looks at JSON as it is unpacked, before anything parses it, and throws as soon as it is beyond bounds: a body of many
 * megabytes is refused after the first kilobytes that make no report. What is no JSON at all is left to the parser.
 * Linear, in constant memory; about 0.6 µs a kilobyte, a quarter of what parsing costs.
 */
export class JsonInspector {
  /** Members of all objects, a key that comes twice counted twice. */
  members = 0;
  #containers = 0;
  #depth = 0;
  readonly #items = new Uint32Array(BOUNDS.depth + 1);
  #inText = false;
  #escaped = false;
  /** Bytes of the token that the chunk before ended in. */
  #carried = 0;
  readonly #malformed: "invalid_report" | "invalid_request";

  constructor(malformed: "invalid_report" | "invalid_request") {
    this.#malformed = malformed;
  }

  /** @throws ApiError too_large, or as given for what is nested too deeply */
  add(bytes: Uint8Array): void {
    let tokenStart = 0 - this.#carried;
    const end = bytes.length;
    let at = 0;
    while (at < end) {
      if (this.#inText) {
        at = this.#throughText(bytes, at);
        if (this.#inText) break;
        checkToken(at - tokenStart);
        tokenStart = at;
        continue;
      }
      const kind = KINDS[bytes[at] ?? 0];
      at += 1;
      if (kind === 0) continue;
      checkToken(at - tokenStart);
      tokenStart = at;
      if (kind === IS_QUOTE) this.#inText = true;
      else if (kind === IS_COLON) this.members += 1;
      else if (kind === IS_COMMA) this.#item();
      else if (kind === IS_OPENING) this.#open();
      else this.#close();
    }
    checkToken(end - tokenStart);
    this.#carried = end - tokenStart;
  }

  /** Where the text ends, or the chunk. */
  #throughText(bytes: Uint8Array, from: number): number {
    let at = from;
    if (this.#escaped) {
      this.#escaped = false;
      at += 1;
    }
    for (; at < bytes.length; at += 1) {
      const byte = bytes[at];
      if (byte === QUOTE) {
        this.#inText = false;
        return at + 1;
      }
      if (byte !== BACKSLASH) continue;
      at += 1;
      this.#escaped = at === bytes.length;
    }
    return bytes.length;
  }

  #open(): void {
    this.#depth += 1;
    if (this.#depth > BOUNDS.depth)
      throw new ApiError(this.#malformed, `the body is nested deeper than ${BOUNDS.depth} levels`);
    this.#items[this.#depth] = 1;
    this.#containers += 1;
    if (this.#containers > BOUNDS.containers)
      throw tooLarge(`the body has more than ${BOUNDS.containers} lists and objects`);
  }

  #close(): void {
    if (this.#depth === 0) throw new ApiError(this.#malformed, "the body is not JSON: it closes more than it opens");
    this.#depth -= 1;
  }

  #item(): void {
    const items = (this.#items[this.#depth] ?? 0) + 1;
    this.#items[this.#depth] = items;
    if (items > BOUNDS.items) throw tooLarge(`the body has more than ${BOUNDS.items} items in one list or object`);
  }
}

function checkToken(length: number): void {
  if (length > BOUNDS.token)
    throw tooLarge(`the body has more than ${BOUNDS.token} bytes in one text, number or blank`);
}
