/** A path, of which the last part is kept, or the name of a class or module, kept whole. */
export interface FoundProgram {
  kind: "file" | "name";
  text: string;
}

/** Undefined where there is no text, as when an option's value is missing. */
export function found(kind: FoundProgram["kind"], text: string | undefined): FoundProgram | undefined {
  return text === undefined || text === "" ? undefined : { kind, text };
}
