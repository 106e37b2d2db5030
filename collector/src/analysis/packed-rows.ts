/**
 * Rows of one shape as columns, in memory that threads share: a million dependencies take 150 MB and not a gigabyte, and
 * another thread has them without a copy. Plain data; `rowReader` reads it.
 */
export interface PackedRows {
  count: number;
  columns: Record<string, Column>;
}

type Column =
  /** NaN where the row has none. */
  | { kind: "number"; values: Float64Array }
  /** Whatever else JSON can say, each text once; a row has the position of its own plus 1, 0 where it has none. */
  | { kind: "value"; numbers: Uint32Array; texts: string[] }
  /** Texts that are hardly ever the same, all as long: one byte a character. */
  | { kind: "id"; width: number; bytes: Uint8Array };

export function shared<Column>(
  Column: { new (buffer: SharedArrayBuffer): Column; BYTES_PER_ELEMENT: number },
  length: number,
): Column {
  return new Column(new SharedArrayBuffer(length * Column.BYTES_PER_ELEMENT));
}

/** Takes one value of a column at a time, in any order of the rows. */
interface ColumnWriter {
  column: Column;
  put(row: number, value: unknown): void;
}

function numberWriter(count: number): ColumnWriter {
  const values = shared(Float64Array, count).fill(Number.NaN);
  return {
    column: { kind: "number", values },
    put(row, value) {
      if (typeof value !== "number")
        throw new TypeError(`a row has ${JSON.stringify(value)} where others have numbers`);
      values[row] = value;
    },
  };
}

function valueWriter(count: number): ColumnWriter {
  const numbers = shared(Uint32Array, count);
  const texts: string[] = [];
  const known = new Map<string, number>();
  return {
    column: { kind: "value", numbers, texts },
    put(row, value) {
      const text = JSON.stringify(value);
      let number = known.get(text);
      if (number === undefined) known.set(text, (number = texts.push(text)));
      numbers[row] = number;
    },
  };
}

function idWriter(count: number, { length: width }: string): ColumnWriter {
  const bytes = shared(Uint8Array, count * width);
  return {
    column: { kind: "id", width, bytes },
    put(row, value) {
      const id = String(value);
      if (id.length !== width) throw new TypeError(`the id ${id} is not ${width} characters long as the others are`);
      for (let index = 0; index < width; index += 1) bytes[row * width + index] = id.charCodeAt(index);
    },
  };
}

/** Rows without undefined values, whose ids are ASCII of one length. O(rows × keys). */
export function packRows(rows: readonly { id: string }[]): PackedRows {
  const count = rows.length;
  const writers = new Map<string, ColumnWriter>();
  for (const [row, values] of rows.entries()) {
    for (const key in values) {
      const value: unknown = values[key as keyof typeof values];
      let writer = writers.get(key);
      if (!writer) {
        writer =
          key === "id"
            ? idWriter(count, values.id)
            : typeof value === "number"
              ? numberWriter(count)
              : valueWriter(count);
        writers.set(key, writer);
      }
      writer.put(row, value);
    }
  }
  return { count, columns: Object.fromEntries([...writers].map(([key, { column }]) => [key, column])) };
}

export interface RowReader<Row> {
  readonly count: number;
  /** Lists in it are shared with other rows, and frozen. @param index from 0, below count */
  at(index: number): Row;
  /** Every row, in order. */
  each(): Iterable<Row>;
  all(): Row[];
}

/** The value of a row; undefined where it has none. */
function valueReader(column: Column): (row: number) => unknown {
  if (column.kind === "number") {
    return (row) => {
      const value = column.values[row];
      return Number.isNaN(value) ? undefined : value;
    };
  }
  if (column.kind === "id") {
    const { width, bytes } = column;
    return (row) => String.fromCharCode(...bytes.subarray(row * width, (row + 1) * width));
  }
  const values: unknown[] = [];
  return (row) => {
    const number = column.numbers[row] ?? 0;
    if (number === 0) return undefined;
    return (values[number] ??= Object.freeze(JSON.parse(column.texts[number - 1] ?? "null")));
  };
}

export function rowReader<Row>({ count, columns }: PackedRows): RowReader<Row> {
  const readers = Object.entries(columns).map(([key, column]) => [key, valueReader(column)] as const);
  function at(index: number): Row {
    const row: Record<string, unknown> = {};
    for (const [key, read] of readers) {
      const value = read(index);
      if (value !== undefined) row[key] = value;
    }
    return row as Row;
  }
  function* each(): Generator<Row> {
    for (let index = 0; index < count; index += 1) yield at(index);
  }
  return { count, at, each, all: () => [...each()] };
}
