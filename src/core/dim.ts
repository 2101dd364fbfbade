/** A dimension or a symbolic integer: a known number, or an expression over symbols that a request fixes. */
export type Dim = number | SymbolicDim;

export type DimFunction = "add" | "mul" | "floordiv" | "mod" | "min" | "max";

export type SymbolicDim =
  | { readonly op: "symbol"; readonly name: string }
  | { readonly op: DimFunction; readonly args: readonly Dim[] }
  /** An expression that is kept for display only; it never has a value and equals nothing but its own text. */
  | { readonly op: "opaque"; readonly text: string };

export type SymbolValues = ReadonlyMap<string, number>;

export function symbol(name: string): SymbolicDim {
  return { op: "symbol", name };
}

const INFIX: Readonly<Partial<Record<DimFunction, string>>> = { add: " + ", mul: "*", floordiv: "//", mod: "%" };

/** The expression as Python would print it: `4*s0`, `s0 + 1`, `max(1, s0)`. */
export function formatDim(dim: Dim): string {
  if (typeof dim === "number") return String(dim);
  if (dim.op === "symbol") return dim.name;
  if (dim.op === "opaque") return dim.text;
  const infix = INFIX[dim.op];
  if (infix === undefined) return `${dim.op}(${dim.args.map(formatDim).join(", ")})`;
  return dim.args
    .map((arg) => (typeof arg !== "number" && arg.op in INFIX ? `(${formatDim(arg)})` : formatDim(arg)))
    .join(infix);
}

export function formatShape(shape: readonly Dim[]): string {
  return `[${shape.map(formatDim).join(", ")}]`;
}

export function dimEquals(a: Dim, b: Dim): boolean {
  return a === b || (typeof a !== "number" && typeof b !== "number" && formatDim(a) === formatDim(b));
}

export function shapeEquals(a: readonly Dim[], b: readonly Dim[]): boolean {
  return a.length === b.length && a.every((dim, axis) => dimEquals(dim, b[axis] ?? 0));
}

export function isStatic(shape: readonly Dim[]): shape is readonly number[] {
  return shape.every((dim) => typeof dim === "number");
}

const FOLD: Readonly<Record<DimFunction, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  mul: (a, b) => a * b,
  floordiv: (a, b) => Math.floor(a / b),
  mod: (a, b) => a - b * Math.floor(a / b),
  min: (a, b) => Math.min(a, b),
  max: (a, b) => Math.max(a, b),
};

const IDENTITY: Readonly<Partial<Record<DimFunction, number>>> = { add: 0, mul: 1 };
const ASSOCIATIVE: ReadonlySet<DimFunction> = new Set(["add", "mul", "min", "max"]);

function flatten(op: DimFunction, args: readonly Dim[]): readonly Dim[] {
  if (!ASSOCIATIVE.has(op)) return args;
  return args.flatMap((arg) => (typeof arg !== "number" && arg.op === op ? arg.args : [arg]));
}

/** Puts the folded constants of an associative operation first and the rest in a fixed order, so that equals print alike. */
function canonical(op: DimFunction, args: readonly Dim[]): Dim {
  const constants = args.filter((arg) => typeof arg === "number");
  const rest = args.filter((arg) => typeof arg !== "number").sort((a, b) => (formatDim(a) < formatDim(b) ? -1 : 1));
  const constant = constants.length > 0 ? constants.reduce(FOLD[op]) : IDENTITY[op];
  if (op === "mul" && constant === 0) return 0;
  const kept = constant === undefined || constant === IDENTITY[op] ? rest : [constant, ...rest];
  const [only] = kept;
  if (only === undefined) return constant ?? 0;
  return kept.length === 1 ? only : { op, args: kept };
}

/** Builds `op(args)`, folding what is known. */
export function dimExpression(op: DimFunction, ...args: readonly Dim[]): Dim {
  if (args.every((arg) => typeof arg === "number")) return args.reduce(FOLD[op]);
  if (op === "floordiv" && args[1] === 1) return args[0] ?? 0;
  return ASSOCIATIVE.has(op) ? canonical(op, flatten(op, args)) : { op, args };
}

/** The number of elements of a shape. */
export function numel(shape: readonly number[]): number;
export function numel(shape: readonly Dim[]): Dim;
export function numel(shape: readonly Dim[]): Dim {
  return dimExpression("mul", 1, ...shape);
}

/** The value of `dim` once its symbols are fixed, or undefined when one of them is unknown. */
export function evaluateDim(dim: Dim, values: SymbolValues): number | undefined {
  if (typeof dim === "number") return dim;
  if (dim.op === "symbol") return values.get(dim.name);
  if (dim.op === "opaque") return undefined;
  const args = dim.args.map((arg) => evaluateDim(arg, values));
  return args.every((arg) => arg !== undefined) ? args.reduce(FOLD[dim.op]) : undefined;
}

/** `k` when `dim` is `k * name`, else undefined. */
export function multipleOf(dim: Dim, name: string): number | undefined {
  if (typeof dim === "number") return undefined;
  if (dim.op === "symbol") return dim.name === name ? 1 : undefined;
  if (dim.op !== "mul" || dim.args.length !== 2) return undefined;
  const [factor, rest] = dim.args;
  const isMultiple =
    typeof factor === "number" && typeof rest === "object" && rest.op === "symbol" && rest.name === name;
  return isMultiple ? factor : undefined;
}

/** Every symbol that occurs in `dim`. */
export function symbolsOf(dim: Dim): readonly string[] {
  if (typeof dim === "number" || dim.op === "opaque") return [];
  return dim.op === "symbol" ? [dim.name] : dim.args.flatMap(symbolsOf);
}
