/** Seeded numbers: the same seed gives the same script, byte for byte. */
export interface Random {
  /** A whole number from `from` to `to`, both included. */
  between(from: number, to: number): number;
  /** `count` distinct items in an order of its own; all of them when there are fewer. */
  pick<T>(items: readonly T[], count: number): T[];
}

/** 32-bit xorshift with the shifts 13, 17, 5 (Marsaglia, Xorshift RNGs, 2003). Good for lab scripts, for nothing secret. */
export function seededRandom(seed: number): Random {
  // Zero is the one state that xorshift never leaves.
  let state = (seed ^ 0x9e3779b9) >>> 0 || 1;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state = (state ^ (state << 5)) >>> 0;
    return state / 2 ** 32;
  };
  const between = (from: number, to: number) => from + Math.floor(next() * (to - from + 1));
  return {
    between,
    pick(items, count) {
      const rest = [...items];
      const picked: typeof rest = [];
      while (rest.length > 0 && picked.length < count) {
        picked.push(...rest.splice(between(0, rest.length - 1), 1));
      }
      return picked;
    },
  };
}
