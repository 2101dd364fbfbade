import { type Dim, DTYPES, type DType, isDType, RelayError } from "../../core/index.ts";
import { resultType } from "../promote.ts";
import { type Argument, isComplexNumber, isValueRef, type Node, type TensorType } from "../types.ts";
import type { InferContext } from "./infer-context.ts";
import { shapeError } from "./shape-error.ts";
import { UndecidedError } from "./undecided-error.ts";

function isNumber(arg: Argument | undefined): arg is number | bigint | boolean {
  return typeof arg === "number" || typeof arg === "bigint" || typeof arg === "boolean";
}

function numberDType(value: number | bigint | boolean): DType {
  if (typeof value === "boolean") return "bool";
  return typeof value === "bigint" || Number.isInteger(value) ? "int64" : "float32";
}

/** The dtype of a tensor made from a scalar: PyTorch's default where that is a float. */
function scalarDType(arg: Argument): DType | undefined {
  if (isComplexNumber(arg)) return "complex64";
  if (isNumber(arg)) return numberDType(arg);
  if (!isValueRef(arg)) return undefined;
  const { type } = arg.value;
  return type.kind === "scalar" && type.dtype === "float64" ? "float32" : type.dtype;
}

/** A call of an operator as its rule sees it: arguments by name, as types of tensors or as plain values. */
export class InferCall {
  /** `aten.add.Tensor` */
  readonly target: string;
  readonly #args: Node["args"];
  readonly #context: InferContext;

  constructor(target: string, args: Node["args"], context: InferContext) {
    this.target = target;
    this.#args = args;
    this.#context = context;
  }

  /** `add` */
  get name(): string {
    return this.target.split(".")[1] ?? this.target;
  }

  /** Ends the rule: PyTorch takes no tensor of this shape here. */
  refuse(given: readonly Dim[], legal: string): never {
    throw shapeError(this.name, given, legal);
  }

  refuseDType(given: string, legal: string): never {
    throw new RelayError("INPUT_DTYPE", { name: `of ${this.name}`, given, legal });
  }

  #malformed(rule: string): never {
    throw new RelayError("GRAPH_INVALID", { stage: "inference", rule: `${this.target}: ${rule}` });
  }

  /** Ends the rule: what it gives depends on something that only the inputs tell. */
  undecided(what: string, size?: Dim): never {
    throw new UndecidedError(this.target, what, size);
  }

  /** Ends the rule: `name` should have been `legal`. */
  #unknown(name: string, arg: Argument | undefined, legal: string): never {
    if (!isValueRef(arg)) return this.#malformed(`${name} is ${legal}`);
    const { type } = arg.value;
    return this.undecided(`${name} is computed by the model`, type.kind === "scalar" ? type.dim : undefined);
  }

  /** A new size that only the data decide. */
  symbol(hint: string): Dim {
    return this.#context.symbol(hint);
  }

  assumeEqual(a: Dim, b: Dim): void {
    this.#context.assumeEqual?.(a, b);
  }

  get argumentNames(): readonly string[] {
    return Object.keys(this.#args);
  }

  argument(name: string): Argument | undefined {
    return this.#args[name];
  }

  has(name: string): boolean {
    const arg = this.#args[name];
    return arg !== null && arg !== undefined;
  }

  #given(name: string): Exclude<Argument, null> {
    const arg = this.#args[name];
    return arg === null || arg === undefined ? this.#malformed(`${name} is not given`) : arg;
  }

  #list(name: string): readonly Argument[] {
    const arg = this.#given(name);
    return Array.isArray(arg) ? arg : [arg];
  }

  /** A number stands for a tensor without axes. */
  #tensor(name: string, arg: Argument): TensorType {
    if (isValueRef(arg) && arg.value.type.kind === "tensor") return arg.value.type;
    const dtype = scalarDType(arg) ?? this.#malformed(`${name} is no tensor`);
    return { kind: "tensor", dtype, shape: [], contiguous: true };
  }

  isTensor(name: string): boolean {
    const arg = this.#args[name];
    return isValueRef(arg) && arg.value.type.kind === "tensor";
  }

  tensor(name: string): TensorType {
    return this.#tensor(name, this.#given(name));
  }

  optionalTensor(name: string): TensorType | undefined {
    return this.has(name) ? this.tensor(name) : undefined;
  }

  tensors(name: string): readonly TensorType[] {
    return this.#list(name).map((item) => this.#tensor(name, item));
  }

  /** A list of tensors in which some may be absent. */
  optionalTensors(name: string): readonly (TensorType | undefined)[] {
    return this.#list(name).map((item) => (item === null ? undefined : this.#tensor(name, item)));
  }

  /** The dtype that PyTorch finds for these arguments together, absent ones aside. */
  promoted(...names: readonly string[]): DType {
    const operands = names.flatMap((name) => this.#args[name] ?? []);
    return resultType(operands) ?? this.refuseDType(this.#dtypesOf(operands), "operands with a common dtype");
  }

  #dtypesOf(operands: readonly Argument[]): string {
    return operands.map((arg) => (isValueRef(arg) ? arg.value.type.dtype : String(arg))).join(" and ");
  }

  /** What `dtype`, or another argument, names. */
  dtype(name = "dtype"): DType | undefined {
    const arg = this.#args[name];
    return typeof arg === "string" && isDType(arg) ? arg : undefined;
  }

  /** The dtype of a tensor that is filled with the scalar `name`. */
  scalarDType(name: string): DType {
    return scalarDType(this.#given(name)) ?? this.#malformed(`${name} is no number`);
  }

  boolean(name: string): boolean {
    const arg = this.#args[name] ?? false;
    return typeof arg === "boolean" ? arg : this.#unknown(name, arg, "no boolean");
  }

  string(name: string): string {
    const arg = this.#given(name);
    return typeof arg === "string" ? arg : this.#malformed(`${name} is no string`);
  }

  /** A number that is known now, or undefined. */
  number(name: string): number | undefined {
    const arg = this.#args[name];
    if (isNumber(arg)) return Number(arg);
    return isValueRef(arg) && arg.value.type.kind === "scalar" && typeof arg.value.type.dim === "number"
      ? arg.value.type.dim
      : undefined;
  }

  /** A whole number that is known now. */
  int(name: string): number {
    return this.number(name) ?? this.#unknown(name, this.#args[name], "no number");
  }

  /** Whole numbers that are known now; one number stands for all `count`. */
  ints(name: string, count?: number): readonly number[] {
    return this.sizes(name, count).map((size) =>
      typeof size === "number" ? size : this.undecided(`${name} is computed by the model`, size),
    );
  }

  floats(name: string): readonly number[] {
    return this.#list(name).map((item) => (isNumber(item) ? Number(item) : this.#unknown(name, item, "no number")));
  }

  /** A whole number in terms of the symbols, if known. */
  dim(name: string): Dim | undefined {
    const arg = this.#args[name];
    return isValueRef(arg) && arg.value.type.kind === "scalar" ? arg.value.type.dim : this.number(name);
  }

  size(name: string): Dim {
    return this.#size(name, this.#given(name));
  }

  /** One size stands for all `count`. */
  sizes(name: string, count?: number): readonly Dim[] {
    const sizes = this.#list(name).map((item) => this.#size(name, item));
    const [only] = sizes;
    return sizes.length === 1 && only !== undefined && count !== undefined ? Array<Dim>(count).fill(only) : sizes;
  }

  /** A size that was computed from data is a new symbol wherever it is used. */
  #size(name: string, arg: Argument): Dim {
    if (isNumber(arg)) return Number(arg);
    if (!isValueRef(arg)) return this.#malformed(`${name} is no size`);
    const { type } = arg.value;
    return (type.kind === "scalar" ? type.dim : undefined) ?? this.symbol(name);
  }

  /** The axis that `name` gives, counted from the front; a tensor without axes counts as having one. */
  axis(name: string, shape: readonly Dim[]): number {
    return this.#axis(this.int(name), shape);
  }

  #axis(axis: number, shape: readonly Dim[]): number {
    const rank = Math.max(1, shape.length);
    if (axis >= -rank && axis < rank) return axis < 0 ? axis + rank : axis;
    return this.refuse(shape, `a tensor with an axis ${axis}`);
  }

  /** The axes that `name` gives, counted from the front; none given means all. */
  axes(name: string, shape: readonly Dim[]): readonly number[] {
    const given = this.has(name) ? this.ints(name) : [];
    return given.length === 0 ? [...shape.keys()] : this.givenAxes(name, shape);
  }

  /** The axes that `name` gives, counted from the front; none given means none. */
  givenAxes(name: string, shape: readonly Dim[]): readonly number[] {
    return this.ints(name).map((axis) => this.#axis(axis, shape));
  }
}

/** The dtype in which PyTorch computes what has fractions. */
export function asFloat(dtype: DType): DType {
  const { category } = DTYPES[dtype];
  return category === "float" || category === "complex" ? dtype : "float32";
}

/** The dtype of the absolute values of `dtype`. */
export function asReal(dtype: DType): DType {
  return ({ complex64: "float32", complex128: "float64" } as Partial<Record<DType, DType>>)[dtype] ?? dtype;
}

/** The dtype in which PyTorch adds up elements of `dtype`. */
export function asSum(dtype: DType): DType {
  return asFloat(dtype) === dtype ? dtype : "int64";
}
