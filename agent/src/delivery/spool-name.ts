/** The number of a report, fixed for ever with the first attempt to send it. */
export interface Numbering {
  epoch: string;
  number: number;
  /** Time of the first attempt, milliseconds since 1970 UTC. */
  sentAt: number;
}

/** What the name of a spooled report's file tells. */
export interface SpoolName {
  /** Milliseconds since 1970 UTC. */
  created: number;
  /** Tells reports of one millisecond apart. */
  counter: number;
  /** "" for a whole report, else the way down its splits: "a", "b", "ab". */
  half: string;
  numbering?: Numbering;
}

const NAME = /^(\d{14})-(\d{6,})([ab]*)\.(?:draft|([0-9a-f]{16,64})\.(\d+)\.(\d+))\.json\.gz$/;

/** A file name that sorts by age. */
export function formatName({ created, counter, half, numbering }: SpoolName): string {
  const stem = `${String(created).padStart(14, "0")}-${String(counter).padStart(6, "0")}${half}`;
  const number = numbering ? `${numbering.epoch}.${numbering.number}.${numbering.sentAt}` : "draft";
  return `${stem}.${number}.json.gz`;
}

/** The reverse of {@link formatName}; nothing for a name it would not have made. */
export function parseName(file: string): SpoolName | undefined {
  const [match, created, counter, half, epoch, number, sentAt] = NAME.exec(file) ?? [];
  if (match === undefined) return undefined;
  const name = { created: Number(created), counter: Number(counter), half: half ?? "" };
  if (epoch === undefined) return name;
  return { ...name, numbering: { epoch, number: Number(number), sentAt: Number(sentAt) } };
}

/** Now, as a file's name holds it: a clock may stand before 1970. */
export function timestamp(): number {
  return Math.max(0, Date.now());
}
