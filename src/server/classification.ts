import { type DType, fromBfloat16, fromFloat16, numel, type Tensor } from "../core/index.ts";

/** How an output is to be classified. Plain data: it crosses threads. */
export interface Classification {
  /** How many classes of each row to give, at least 1. */
  readonly count: number;
  /** Whether axis 0 has rows, each with classes of its own. */
  readonly hasRows: boolean;
  /** Of the classes by index, as far as they have any. */
  readonly labels?: readonly string[] | undefined;
}

/** The best classes of each row, best first, each as `value:index` or `value:index:label`. */
export interface Classified {
  readonly shape: readonly number[];
  readonly texts: readonly string[];
}

type Value = number | bigint;

/** Dtypes whose array holds bit patterns. */
const VALUES: Readonly<Partial<Record<DType, (bits: Value) => number>>> = {
  float16: (bits) => fromFloat16(Number(bits)),
  bfloat16: (bits) => fromBfloat16(Number(bits)),
};

/** Greater values first, NaN last; the sort keeps equal ones in order. */
function compare(a: Value, b: Value): number {
  if (a > b) return -1;
  if (a < b) return 1;
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

/** Digits that tell any float32 from all others. */
const FLOAT32_DIGITS = 9;

/** The shortest digits that give the same float32 again. */
function float32Text(value: Value): string {
  let digits = 1;
  while (digits < FLOAT32_DIGITS && Math.fround(Number(Number(value).toPrecision(digits))) !== value) digits++;
  return String(Number(Number(value).toPrecision(digits)));
}

function best(values: readonly Value[], count: number): number[] {
  const indices = Array.from(values, (_, index) => index);
  return indices.sort((a, b) => compare(values[a] as Value, values[b] as Value)).slice(0, count);
}

/** The classification extension's form of an output. */
export function classify(tensor: Tensor, { count, hasRows, labels = [] }: Classification): Classified {
  const { dtype, shape } = tensor;
  const data = Array.from(tensor.data as ArrayLike<Value>, VALUES[dtype] ?? ((value) => value));
  const rows = hasRows ? (shape[0] ?? 1) : 1;
  const classes = numel(hasRows ? shape.slice(1) : shape);
  const write = dtype === "float32" ? float32Text : String;
  const texts = Array.from({ length: rows }, (_, row) => {
    const values = data.slice(row * classes, (row + 1) * classes);
    return best(values, count).map((index) => {
      const label = labels[index];
      return `${write(values[index] as Value)}:${index}${label === undefined ? "" : `:${label}`}`;
    });
  });
  const given = Math.min(count, classes);
  return { shape: hasRows ? [rows, given] : [given], texts: texts.flat() };
}
