import { type Fields, isSize, outputsIn, Unreadable } from "./message.ts";

/** One of the best classes of a row. */
export interface ClassScore {
  /** As far as a number can hold it. */
  readonly value: number;
  readonly index: number;
  /** Undefined: the server has no name for the class. */
  readonly label?: string;
}

/** `value:index` or `value:index:label`; labels may have colons too. */
const CLASS = /^([^:]+):(\d+)(?::(.*))?$/s;

/** As JavaScript, Python and C++ write what is not finite. */
const NON_FINITE: ReadonlyMap<string, number> = new Map([
  ["nan", Number.NaN],
  ["infinity", Number.POSITIVE_INFINITY],
  ["inf", Number.POSITIVE_INFINITY],
  ["-infinity", Number.NEGATIVE_INFINITY],
  ["-inf", Number.NEGATIVE_INFINITY],
]);

function readClass(text: unknown): ClassScore {
  const [, value = "", index, label] = CLASS.exec(String(text)) ?? [];
  if (index === undefined) throw new Unreadable(`${String(text).slice(0, 80)} is no class`);
  const score = { value: NON_FINITE.get(value.toLowerCase()) ?? Number(value), index: Number(index) };
  return label === undefined ? score : { ...score, label };
}

/** The rows of an output; one that has no axis of rows is one row. */
function readRows({ name, datatype, shape, data }: Fields): [name: string, rows: ClassScore[][]] {
  if (typeof name !== "string") throw new Unreadable("an output has no name");
  if (datatype !== "BYTES" && datatype !== "STRING") throw new Unreadable(`output ${name} has no classes`);
  if (!Array.isArray(shape) || !shape.every(isSize) || !Array.isArray(data)) {
    throw new Unreadable(`output ${name} has no data`);
  }
  const classes = data.flat(Number.POSITIVE_INFINITY).map(readClass);
  const count = Number(shape.at(-1) ?? 1);
  const rows = shape.length > 1 ? shape.slice(0, -1).reduce((product: number, size: number) => product * size, 1) : 1;
  if (rows * count !== classes.length) throw new Unreadable(`output ${name} has a wrong number of elements`);
  return [name, Array.from({ length: rows }, (_, row) => classes.slice(row * count, (row + 1) * count))];
}

/** The best classes of each row of an answer, by output. @throws Unreadable */
export function readClasses(body: Uint8Array): Record<string, ClassScore[][]> {
  return Object.fromEntries(outputsIn(body).map(readRows));
}
