import { type Dim, DTYPES, type DType, type DTypeCategory } from "../core/index.ts";
import {
  type Argument,
  type Graph,
  isSubgraphRef,
  isValueRef,
  type Node,
  resultType,
  type TensorType,
  type Value,
} from "../graph/index.ts";
import type { Constant } from "./constants.ts";
import type { Emitter } from "./emitter.ts";
import type { Operand, ShapedOperand, Size } from "./operand.ts";
import { Refusal } from "./refusal.ts";

/** Stands for every size beyond: PyTorch writes 2^63 - 1 where it means the end. */
const FAR = Number.MAX_SAFE_INTEGER;

/** What a call sees of the graph around it. */
export interface CallContext {
  operand(value: Value): ShapedOperand;
  isUsed(value: Value): boolean;
  /** Whether a tensor is no view of another. */
  ownsMemory(value: Value): boolean;
  /** Whether random operators may give other numbers than PyTorch. */
  readonly allowsRandomness: boolean;
  /** Whether 16-bit floats are computed in float32 and rounded at the end of the call, as PyTorch does on CPUs. */
  readonly widensHalf: boolean;
  /** Lowers a graph where `emit` stands, its inputs being `operands`; gives its outputs. */
  subgraph(graph: Graph, emit: Emitter, operands: readonly Operand[]): readonly ShapedOperand[];
}

/** Counts from the end when negative; a 0-d tensor counts as having one axis. */
export function normalizeAxis(axis: number, rank: number): number {
  const positive = axis < 0 ? axis + Math.max(1, rank) : axis;
  if (positive >= 0 && positive < Math.max(1, rank) && Number.isInteger(axis)) return positive;
  throw new Refusal(`axis ${axis} of a tensor with ${rank} axes`);
}

function isNumber(arg: Argument | undefined): arg is Constant {
  return typeof arg === "number" || typeof arg === "bigint" || typeof arg === "boolean";
}

const CONVERSIONS: Readonly<Partial<Record<DTypeCategory, (value: number) => Constant>>> = {
  int: Math.trunc,
  bool: (value) => value !== 0,
};

/** A call of an ATen operator as its rule sees it: arguments by name, as operands or as plain values. */
export class Call {
  readonly #node: Node;
  readonly #emit: Emitter;
  readonly #context: CallContext;

  constructor(node: Node, emit: Emitter, context: CallContext) {
    this.#node = node;
    this.#emit = emit;
    this.#context = context;
  }

  /** Ends the rule: the reason appears in the report of all unsupported operators. */
  refuse(reason: string): never {
    throw new Refusal(reason);
  }

  /** Refuses unless the caller allows random numbers that are not PyTorch's. */
  requireRandomness(reason = "it is random; export after model.eval(), or load with allowNondeterministic"): void {
    if (!this.#context.allowsRandomness) this.refuse(reason);
  }

  /** A size that the file tells as a number. */
  known(size: Dim | undefined, what: string): number {
    return typeof size === "number" ? size : this.refuse(`${what} is not known when the model is loaded`);
  }

  get resultCount(): number {
    return this.#node.outputs.length;
  }

  /** What PyTorch recorded of a result that is a tensor. */
  result(index = 0): TensorType {
    const type = this.#node.outputs[index]?.type;
    return type?.kind === "tensor" ? type : this.refuse(`result ${index} is no tensor`);
  }

  /** The shape of the first result. */
  get shape(): readonly Dim[] {
    return this.result().shape;
  }

  /** The dtype in which to compute the first result. */
  get dtype(): DType {
    const [value] = this.#node.outputs;
    return value ? this.#computed(value.type.dtype) : this.refuse("result 0 is not given");
  }

  /** Whether anything takes a result. */
  isUsed(index: number): boolean {
    const value = this.#node.outputs[index];
    return value !== null && value !== undefined && this.#context.isUsed(value);
  }

  /** The dtype in which to compute on `dtype`. */
  #computed(dtype: DType): DType {
    return this.#context.widensHalf && (dtype === "float16" || dtype === "bfloat16") ? "float32" : dtype;
  }

  has(name: string): boolean {
    const arg = this.#node.args[name];
    return arg !== null && arg !== undefined;
  }

  #given(name: string): Exclude<Argument, null> {
    const arg = this.#node.args[name];
    return arg === null || arg === undefined ? this.refuse(`${name} is not given`) : arg;
  }

  #shaped(value: Value): ShapedOperand {
    const operand = this.#context.operand(value);
    return this.#emit.cast(operand, this.#computed(operand.dtype));
  }

  tensor(name: string): ShapedOperand {
    const arg = this.#given(name);
    return isValueRef(arg) ? this.#shaped(arg.value) : this.refuse(`${name} is no tensor`);
  }

  optionalTensor(name: string): ShapedOperand | undefined {
    return this.has(name) ? this.tensor(name) : undefined;
  }

  tensors(name: string): readonly ShapedOperand[] {
    return this.optionalTensors(name).map((operand) => operand ?? this.refuse(`${name} has a gap`));
  }

  /** A list of tensors in which some may be absent. */
  optionalTensors(name: string): readonly (ShapedOperand | undefined)[] {
    return this.#list(name).map((item) => (isValueRef(item) ? this.#shaped(item.value) : undefined));
  }

  /** A tensor or number, converted to `dtype`. */
  operand(name: string, dtype: DType = this.dtype): Operand {
    const arg = this.#given(name);
    if (isNumber(arg)) return this.#emit.constant(dtype, arg);
    return this.#emit.cast(this.tensor(name), dtype);
  }

  /** Like {@link operand}, for operators that convert plain numbers: cut to whole ones, or true unless zero. */
  converted(name: string, dtype: DType = this.dtype): Operand {
    const arg = this.#given(name);
    const convert = typeof arg === "number" ? CONVERSIONS[DTYPES[dtype].category] : undefined;
    return convert ? this.#emit.constant(dtype, convert(Number(arg))) : this.operand(name, dtype);
  }

  /** The dtype in which PyTorch computes on these arguments together. */
  promoted(...names: readonly string[]): DType {
    const dtype = resultType(names.map((name) => this.#given(name))) ?? this.refuse("no dtype holds all arguments");
    return this.#computed(dtype);
  }

  /** Whether a tensor lies row-major, without gaps, in memory of its own. */
  isRowMajor(name: string): boolean {
    const arg = this.#given(name);
    if (!isValueRef(arg) || arg.value.type.kind !== "tensor") return false;
    return arg.value.type.contiguous === true && this.#context.ownsMemory(arg.value);
  }

  boolean(name: string): boolean {
    const arg = this.#given(name);
    return typeof arg === "boolean" ? arg : this.refuse(`${name} is no boolean`);
  }

  string(name: string): string {
    const arg = this.#given(name);
    return typeof arg === "string" ? arg : this.refuse(`${name} is no string`);
  }

  /** A number that is known now. */
  number(name: string): number {
    const arg = this.#given(name);
    if (isNumber(arg)) return Number(arg);
    const size = this.#size(name, arg);
    return typeof size === "number" ? size : this.refuse(`${name} is computed by the model`);
  }

  numbers(name: string): readonly number[] {
    return this.#list(name).map((item) =>
      isNumber(item) ? Number(item) : this.refuse(`${name} is computed by the model`),
    );
  }

  /** A number that is known now, exact beyond 2^53. */
  constant(name: string): Constant {
    const arg = this.#given(name);
    return isNumber(arg) ? arg : this.number(name);
  }

  isNumber(name: string): boolean {
    return isNumber(this.#node.args[name]);
  }

  /** The dtype of a tensor as it is given. */
  tensorType(name: string): DType {
    const arg = this.#given(name);
    return isValueRef(arg) ? arg.value.type.dtype : this.refuse(`${name} is no tensor`);
  }

  isTensorList(name: string): boolean {
    return this.#list(name).every(isValueRef);
  }

  /** Whole numbers that are known now; one number stands for all `count`. */
  ints(name: string, count?: number): readonly number[] {
    const sizes = this.sizes(name).map((size) =>
      typeof size === "number" ? size : this.refuse(`${name} is computed by the model`),
    );
    const [only] = sizes;
    return sizes.length === 1 && only !== undefined && count !== undefined ? Array(count).fill(only) : sizes;
  }

  size(name: string): Size {
    return this.#size(name, this.#given(name));
  }

  sizes(name: string): readonly Size[] {
    return this.#list(name).map((item) => this.#size(name, item));
  }

  /** The axis that `name` gives, counted from the front. */
  axis(name: string, rank: number): number {
    return normalizeAxis(this.number(name), rank);
  }

  /** The axes that `name` gives, counted from the front; none given means all. */
  axes(name: string, rank: number): readonly number[] {
    const given = this.has(name) ? this.ints(name) : [];
    if (given.length === 0) return Array.from({ length: rank }, (_, axis) => axis);
    return given.map((axis) => normalizeAxis(axis, rank)).filter((axis) => axis < rank);
  }

  /** The arguments in the order of the file, for operators without a schema. */
  get argumentNames(): readonly string[] {
    return Object.keys(this.#node.args);
  }

  #graph(name: string): Graph {
    const arg = this.#given(name);
    return isSubgraphRef(arg) ? arg.graph : this.refuse(`${name} is no graph`);
  }

  /** Tensors and numbers of a list, which a subgraph takes as its inputs from `start` on. */
  operandsOf(subgraph: string, name: string, start: number): readonly Operand[] {
    const { inputs } = this.#graph(subgraph);
    return this.#list(name).map((item, i) => {
      if (isValueRef(item)) return this.#context.operand(item.value);
      const dtype = inputs[start + i]?.value.type.dtype ?? this.refuse(`${subgraph} takes fewer inputs`);
      return isNumber(item) ? this.#emit.constant(dtype, item) : this.refuse(`${name} has a gap`);
    });
  }

  /** The results of a subgraph, lowered where `emit` stands, its inputs being `operands`. */
  subgraph(name: string, emit: Emitter, operands: readonly Operand[]): readonly ShapedOperand[] {
    return this.#context.subgraph(this.#graph(name), emit, operands);
  }

  #list(name: string): readonly Argument[] {
    const arg = this.#given(name);
    return Array.isArray(arg) ? arg : [arg];
  }

  #wholeNumber(name: string, value: number): number {
    if (!Number.isInteger(value)) return this.refuse(`${name} is ${value}, which is no whole number`);
    return Math.max(-FAR, Math.min(FAR, value));
  }

  #size(name: string, arg: Argument): Size {
    if (isNumber(arg)) return this.#wholeNumber(name, Number(arg));
    if (!isValueRef(arg)) return this.refuse(`${name} is no size`);
    const { type } = arg.value;
    if (type.kind === "scalar" && typeof type.dim === "number") return type.dim;
    return this.#emit.cast(this.#context.operand(arg.value), "int64");
  }
}
