import type { Dim, DType, SymbolRange, TensorLocation } from "../core/index.ts";

export interface TensorType {
  readonly kind: "tensor";
  readonly dtype: DType;
  readonly shape: readonly Dim[];
  /** Whether PyTorch held it row-major without gaps; undefined when the file does not tell. Decides what is a view. */
  readonly contiguous?: boolean;
}

/** A SymInt, SymFloat or SymBool: a number that the graph computes. */
export interface ScalarType {
  readonly kind: "scalar";
  readonly dtype: "int64" | "float64" | "bool";
  /** For integers, the value in terms of the symbols, when the file tells. */
  readonly dim?: Dim;
}

export type ValueType = TensorType | ScalarType;

/** One result of one node, or an input. Identity is the object; names are unique in a graph. */
export interface Value {
  readonly name: string;
  readonly type: ValueType;
}

/** A use of a value as an argument. */
export interface ValueRef {
  readonly value: Value;
}

/** A part of the program that an operator runs, such as a branch. It sees its inputs and nothing else. */
export interface SubgraphRef {
  readonly graph: Graph;
}

/** A complex number that is an argument. */
export interface ComplexNumber {
  readonly re: number;
  readonly im: number;
}

/**
 * An argument of an operator. Integers beyond 2^53 are bigint. dtypes, devices, layouts and memory formats are
 * strings ("float32", "cpu", "strided", "channels_last").
 */
export type Argument =
  | null
  | boolean
  | number
  | bigint
  | string
  | ComplexNumber
  | ValueRef
  | SubgraphRef
  | readonly Argument[];

/** Where a node comes from, for error messages. */
export interface Origin {
  /** Path of the module whose forward made it, such as `encoder.layers.0.self_attn`; "" for the root. */
  readonly modulePath: string;
  /** `file.py:12` of the user's program, when recorded. */
  readonly source?: string;
}

/** One ATen operator call. */
export interface Node {
  /** Namespace, name and overload: `aten.linear.default`. */
  readonly target: string;
  /** By the parameter names of the operator's schema. */
  readonly args: Readonly<Record<string, Argument>>;
  /** In schema order; null where PyTorch returned nothing. */
  readonly outputs: readonly (Value | null)[];
  readonly origin?: Origin;
}

export type WeightKind = "parameter" | "buffer" | "constant";

export interface Weight {
  readonly value: Value;
  readonly kind: WeightKind;
  /** Qualified name in the state dict: `layers.0.weight`. */
  readonly name: string;
  readonly location: TensorLocation;
}

export interface GraphInput {
  /** The name callers use. */
  readonly name: string;
  readonly value: Value;
}

export interface GraphOutput {
  /** The name callers see. */
  readonly name: string;
  readonly value: Value;
}

/** An ATen graph in single-assignment form: nodes in an order in which every value is made before it is used. */
export interface Graph {
  readonly inputs: readonly GraphInput[];
  readonly weights: readonly Weight[];
  readonly nodes: readonly Node[];
  readonly outputs: readonly GraphOutput[];
  readonly symbols: Readonly<Record<string, SymbolRange>>;
}

export function isValueRef(arg: Argument | undefined): arg is ValueRef {
  return typeof arg === "object" && arg !== null && "value" in arg;
}

export function isSubgraphRef(arg: Argument | undefined): arg is SubgraphRef {
  return typeof arg === "object" && arg !== null && "graph" in arg;
}

export function isComplexNumber(arg: Argument | undefined): arg is ComplexNumber {
  return typeof arg === "object" && arg !== null && "re" in arg;
}

/** The graphs that a node runs. */
export function subgraphsOf({ args }: Pick<Node, "args">): readonly Graph[] {
  return Object.values(args).flatMap((arg) => (isSubgraphRef(arg) ? [arg.graph] : []));
}

/** The nodes of a graph and of all graphs in it. */
export function allNodes({ nodes }: Graph): readonly Node[] {
  return nodes.flatMap((node) => [node, ...subgraphsOf(node).flatMap(allNodes)]);
}

/** The node with every graph that it runs replaced by what `replace` gives for it. */
export function mapSubgraphs<T extends Pick<Node, "args">>(node: T, replace: (graph: Graph) => Graph): T {
  if (subgraphsOf(node).length === 0) return node;
  const args = Object.entries(node.args).map(([name, arg]) => [
    name,
    isSubgraphRef(arg) ? { graph: replace(arg.graph) } : arg,
  ]);
  return { ...node, args: Object.fromEntries(args) };
}

/** Every value an argument uses, lists included. */
export function valuesIn(arg: Argument): readonly Value[] {
  if (isValueRef(arg)) return [arg.value];
  return Array.isArray(arg) ? arg.flatMap(valuesIn) : [];
}

/** `arg` with every value replaced by what `replace` gives for it. */
export function mapValues(arg: Argument, replace: (value: Value) => Value): Argument {
  if (isValueRef(arg)) return { value: replace(arg.value) };
  return Array.isArray(arg) ? arg.map((item: Argument) => mapValues(item, replace)) : arg;
}

/** The arguments of a node with every value replaced by what `replace` gives for it. */
export function mapArguments(args: Node["args"], replace: (value: Value) => Value): Node["args"] {
  return Object.fromEntries(Object.entries(args).map(([name, arg]) => [name, mapValues(arg, replace)]));
}
