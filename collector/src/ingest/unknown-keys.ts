/**
 * How many keys of the input a schema left out, at any depth that it knows; what stands below an unknown key is not
 * counted again. `output` is what the schema made of `input`.
 */
export function countUnknownKeys(input: unknown, output: unknown): number {
  if (input === output || typeof input !== "object" || typeof output !== "object") return 0;
  if (input === null || output === null) return 0;
  let count = 0;
  for (const key of Object.keys(input)) {
    if (!Object.hasOwn(output, key)) count += 1;
    else count += countUnknownKeys(Reflect.get(input, key), Reflect.get(output, key));
  }
  return count;
}
