type Members = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Members => typeof value === "object" && value !== null;

/**
 * How many keys of the input a schema left out, at any depth that it knows; what stands below an unknown key is not
 * counted again. `output` is what the schema made of `input`.
 */
export function countUnknownKeys(input: unknown, output: unknown): number {
  if (input === output || !isObject(input) || !isObject(output)) return 0;
  const keys = Object.keys(input);
  // Of most items nothing is unknown, and equal numbers say so without a look at each key.
  const mayDiffer = keys.length !== Object.keys(output).length;
  let count = 0;
  let index = -1;
  for (const member of Object.values(input)) {
    index += 1;
    if (!mayDiffer && !isObject(member)) continue;
    const key = keys[index] as string;
    count += Object.hasOwn(output, key) ? countUnknownKeys(member, output[key]) : 1;
  }
  return count;
}
