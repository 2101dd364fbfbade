import { type Argument, type Graph, isValueRef, type Node, type Value } from "../../src/graph/index.ts";
import { required } from "../../src/util/index.ts";

/** A dense row-major array of numbers; nothing here shares memory. */
export interface Dense {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

type Coordinates = readonly number[];

function flatIndex(shape: readonly number[], at: Coordinates): number {
  return shape.reduce((index, size, axis) => index * size + (at[axis] ?? 0), 0);
}

function coordinates(shape: readonly number[]): Coordinates[] {
  let all: number[][] = [[]];
  for (const size of shape) all = all.flatMap((at) => Array.from({ length: size }, (_, i) => [...at, i]));
  return all;
}

/** The array of `shape` whose element at `at` is that of `source` at `where(at)`. */
function gather(source: Dense, shape: readonly number[], where: (at: Coordinates) => Coordinates): Dense {
  const data = coordinates(shape).map((at) => source.data[flatIndex(source.shape, where(at))] ?? Number.NaN);
  return { shape, data };
}

function broadcast(source: Dense, shape: readonly number[]): Dense {
  const missing = shape.length - source.shape.length;
  return gather(source, shape, (at) => source.shape.map((size, axis) => (size === 1 ? 0 : (at[axis + missing] ?? 0))));
}

/** The arguments of one call, with arrays in the place of values. */
class Call {
  readonly shape: readonly number[];
  readonly #args: Node["args"];
  readonly #arrays: ReadonlyMap<Value, Dense>;

  constructor(node: Node, arrays: ReadonlyMap<Value, Dense>) {
    const type = node.outputs[0]?.type;
    this.shape = type?.kind === "tensor" ? type.shape.map(Number) : [];
    this.#args = node.args;
    this.#arrays = arrays;
  }

  get self(): Dense {
    return this.operand("self" in this.#args ? "self" : "input");
  }

  operand(name: string): Dense {
    const arg = this.#args[name];
    if (isValueRef(arg)) return required(this.#arrays.get(arg.value), `%${arg.value.name} is computed`);
    return { shape: [], data: [Number(arg)] };
  }

  /** An integer, or `fallback` for None. */
  number(name: string, fallback = 0): number {
    const arg = this.#args[name];
    return arg === undefined || arg === null ? fallback : Number(arg);
  }

  /** An axis of an array of `rank`, counted from the front. */
  axis(name: string, rank: number): number {
    const axis = this.number(name);
    return axis < 0 ? axis + rank : axis;
  }

  list(name: string): readonly number[] {
    const arg = this.#args[name];
    return Array.isArray(arg) ? arg.map((item: Argument) => Number(item)) : [];
  }
}

type View = (self: Dense, call: Call) => Dense;

const regroup: View = (self, { shape }) => ({ shape, data: self.data });

function sliced(self: Dense, axis: number, start: number, end: number, step: number): Dense {
  const size = self.shape[axis] ?? 0;
  const clamp = (at: number) => Math.min(size, Math.max(0, at < 0 ? at + size : at));
  const length = Math.max(0, Math.ceil((clamp(end) - clamp(start)) / step));
  const shape = self.shape.with(axis, length);
  return gather(self, shape, (at) => at.with(axis, clamp(start) + (at[axis] ?? 0) * step));
}

function permuted(self: Dense, axes: readonly number[]): Dense {
  const shape = axes.map((axis) => self.shape[axis] ?? 0);
  return gather(self, shape, (at) => axes.map((_, axis) => at[axes.indexOf(axis)] ?? 0));
}

const select: View = (self, call) => {
  const axis = call.axis("dim", self.shape.length);
  const index = call.number("index");
  const at = index < 0 ? index + (self.shape[axis] ?? 0) : index;
  return gather(self, self.shape.toSpliced(axis, 1), (rest) => rest.toSpliced(axis, 0, at));
};

const slice: View = (self, call) => {
  const end = call.number("end", Number.POSITIVE_INFINITY);
  return sliced(self, call.axis("dim", self.shape.length), call.number("start"), end, call.number("step", 1));
};

const narrow: View = (self, call) => {
  const start = call.number("start");
  return sliced(self, call.axis("dim", self.shape.length), start, start + call.number("length"), 1);
};

const transpose: View = (self, call) => {
  const [a, b] = [call.axis("dim0", self.shape.length), call.axis("dim1", self.shape.length)];
  return permuted(
    self,
    self.shape.map((_, axis) => (axis === a ? b : axis === b ? a : axis)),
  );
};

const diagonal: View = (self, call) => {
  const [a, b] = [call.axis("dim1", self.shape.length), call.axis("dim2", self.shape.length)];
  const rest = self.shape.map((_, axis) => axis).filter((axis) => axis !== a && axis !== b);
  const length = Math.min(self.shape[a] ?? 0, self.shape[b] ?? 0);
  const shape = [...rest.map((axis) => self.shape[axis] ?? 0), length];
  return gather(self, shape, (at) =>
    self.shape.map((_, axis) => (axis === a || axis === b ? at.at(-1) : at[rest.indexOf(axis)]) ?? 0),
  );
};

const VIEWS: ReadonlyMap<string, View> = new Map<string, View>([
  ...["alias", "detach", "dropout", "contiguous", "clone", "lift_fresh_copy"].map((name) => [name, regroup] as const),
  ...["view", "reshape", "reshape_as", "flatten", "unflatten", "squeeze", "unsqueeze"].map(
    (name) => [name, regroup] as const,
  ),
  ["select", select],
  ["slice", slice],
  ["narrow", narrow],
  ["transpose", transpose],
  ["permute", (self, call) => permuted(self, call.list("dims"))],
  ["diagonal", diagonal],
  ["expand_as", (self, { shape }) => broadcast(self, shape)],
  [
    "flip",
    (self, call) =>
      gather(self, self.shape, (at) =>
        at.map((i, axis) => (call.list("dims").includes(axis) ? (self.shape[axis] ?? 0) - 1 - i : i)),
      ),
  ],
]);

/** Puts `src` where the view `place` of a copy of `self` looks. */
const scatter =
  (place: View): View =>
  (self, call) => {
    const positions = place({ shape: self.shape, data: self.data.map((_, i) => i) }, call);
    const source = broadcast(call.operand("src"), positions.shape);
    const data = [...self.data];
    for (const [i, position] of positions.data.entries()) data[position] = source.data[i] ?? Number.NaN;
    return { shape: self.shape, data };
  };

const pointwise =
  (combine: (a: number, b: number) => number): View =>
  (self, call) => {
    const other = broadcast(call.operand("other"), call.shape);
    return { shape: call.shape, data: broadcast(self, call.shape).data.map((a, i) => combine(a, other.data[i] ?? 0)) };
  };

const maskedFill: View = (self, call) => {
  const mask = broadcast(call.operand("mask"), self.shape);
  return { shape: self.shape, data: self.data.map((a, i) => (mask.data[i] ? call.number("value") : a)) };
};

const OPERATORS: ReadonlyMap<string, View> = new Map<string, View>([
  ...VIEWS,
  ["select_scatter", scatter(select)],
  ["slice_scatter", scatter(slice)],
  ["diagonal_scatter", scatter(diagonal)],
  ["add", pointwise((a, b) => a + b)],
  ["mul", pointwise((a, b) => a * b)],
  ["floor_divide", pointwise((a, b) => Math.floor(a / b))],
  ["gt", pointwise((a, b) => Number(a > b))],
  ["eq", pointwise((a, b) => Number(a === b))],
  ["relu", (self) => ({ ...self, data: self.data.map((a) => Math.max(0, a)) })],
  ["neg", (self) => ({ ...self, data: self.data.map((a) => -a) })],
  ["sum", (self) => ({ shape: [], data: [self.data.reduce((sum, a) => sum + a, 0)] })],
  ["to", (self) => self],
  ["_to_copy", (self) => self],
  ["masked_fill", maskedFill],
  ["full_like", (self, call) => ({ ...self, data: self.data.map(() => call.number("fill_value")) })],
  ["zeros_like", (self) => ({ ...self, data: self.data.map(() => 0) })],
]);

const SPLITS: ReadonlySet<string> = new Set(["chunk", "split", "split_with_sizes", "unbind"]);

/** The results of an operator with a list of them, as views of their places along `dim`. */
function split(node: Node, call: Call): readonly Dense[] {
  const axis = call.axis("dim", call.self.shape.length);
  return node.outputs.map((output, i) => {
    const along = (value: Value | null) => (value?.type.kind === "tensor" ? Number(value.type.shape[axis]) : 0);
    if (node.target === "aten.unbind.int") {
      return gather(call.self, call.self.shape.toSpliced(axis, 1), (at) => at.toSpliced(axis, 0, i));
    }
    const start = node.outputs.slice(0, i).reduce((sum, value) => sum + along(value), 0);
    return sliced(call.self, axis, start, start + along(output), 1);
  });
}

const INTEGERS: ReadonlySet<string> = new Set(["int32", "int64"]);

function evaluateNode(node: Node, arrays: Map<Value, Dense>): void {
  const call = new Call(node, arrays);
  const name = node.target.split(".")[1] ?? "";
  const results = SPLITS.has(name) ? split(node, call) : [required(OPERATORS.get(name), name)(call.self, call)];
  for (const [i, output] of node.outputs.entries()) {
    const result = required(results[i], "a result");
    const isInteger = output?.type.kind === "tensor" && INTEGERS.has(output.type.dtype);
    if (output) arrays.set(output, isInteger ? { ...result, data: result.data.map(Math.trunc) } : result);
  }
}

/** Runs a graph of purely functional operators, as far as the tests need it; inputs and constants by value name. */
export function evaluate(graph: Graph, given: Readonly<Record<string, Dense>>): readonly Dense[] {
  const arrays = new Map<Value, Dense>();
  for (const { name, value } of [...graph.inputs, ...graph.weights]) arrays.set(value, required(given[name], name));
  for (const node of graph.nodes) evaluateNode(node, arrays);
  return graph.outputs.map(({ value }) => required(arrays.get(value), value.name));
}
