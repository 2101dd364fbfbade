import { type DType, isDType } from "../../core/index.ts";
import type { GraphRewriter } from "../rewriter.ts";
import {
  type Argument,
  type ComplexNumber,
  isComplexNumber,
  isValueRef,
  type Node,
  type TensorType,
  type Value,
  valuesIn,
} from "../types.ts";
import { type Parts, RealMath } from "./real-math.ts";
import { isComplex, realDType, realType, tensorType } from "./real-type.ts";

/** What a call sees of the graph around it. */
export interface ComplexContext {
  readonly rewriter: GraphRewriter;
  /** The parts of a complex value. */
  parts(value: Value): Parts;
}

/** A call that takes or gives complex numbers, as its rule sees it. */
export class ComplexCall {
  readonly node: Node;
  /** Appends real calls in its place. */
  readonly math: RealMath;
  readonly #context: ComplexContext;

  constructor(node: Node, context: ComplexContext) {
    this.node = node;
    this.#context = context;
    this.math = new RealMath(context.rewriter, node.origin, this.resultType);
  }

  get resultType(): TensorType {
    const [output] = this.node.outputs;
    return tensorType(output?.type ?? { kind: "scalar", dtype: "int64" });
  }

  argument(name: string): Argument {
    return this.node.args[name] ?? null;
  }

  has(name: string): boolean {
    return this.argument(name) !== null;
  }

  isComplex(name: string): boolean {
    const arg = this.argument(name);
    return isValueRef(arg) && isComplex(arg.value);
  }

  /** The dtype of the parts that this call computes on. */
  get dtype(): DType {
    const { math } = this;
    if (isComplex({ type: this.resultType })) return math.result.dtype;
    const used = Object.values(this.node.args).filter(isValueRef);
    return realDType(used.find(({ value }) => isComplex(value))?.value.type.dtype ?? "complex64");
  }

  /** A tensor or number as complex numbers; undefined for what is neither. */
  parts(name: string): Parts | undefined {
    return this.partsOf(this.argument(name));
  }

  partsOf(arg: Argument): Parts | undefined {
    if (typeof arg === "number" || typeof arg === "boolean") return this.#constant({ re: Number(arg), im: 0 });
    if (isComplexNumber(arg)) return this.#constant(arg);
    if (!isValueRef(arg)) return undefined;
    if (isComplex(arg.value)) return this.#converted(this.#context.parts(arg.value));
    const real = this.#as(arg.value, this.dtype);
    return { real, imaginary: this.math.full(real, 0) };
  }

  /** A real tensor, in the dtype of the parts. */
  real(name: string): Value | undefined {
    const arg = this.argument(name);
    return isValueRef(arg) && !isComplex(arg.value) ? this.#as(arg.value, this.dtype) : undefined;
  }

  #converted({ real, imaginary }: Parts): Parts {
    return { real: this.#as(real, this.dtype), imaginary: this.#as(imaginary, this.dtype) };
  }

  #as(value: Value, dtype: DType): Value {
    if (value.type.dtype === dtype && value.type.kind === "tensor") return value;
    const type: TensorType = { ...tensorType(value.type), dtype };
    if (value.type.kind === "tensor") return this.math.call("aten._to_copy.default", { self: { value }, dtype }, type);
    return this.math.call("aten.scalar_tensor.default", { s: { value }, dtype }, type);
  }

  #constant({ re, im }: ComplexNumber): Parts {
    const type: TensorType = { kind: "tensor", dtype: this.dtype, shape: [] };
    const full = (fill_value: number) =>
      this.math.call("aten.full.default", { size: [], fill_value, dtype: this.dtype }, type);
    return { real: full(re), imaginary: full(im) };
  }

  /** Whether arguments beside the named ones are complex. */
  takesOthers(names: readonly string[]): boolean {
    const others = Object.entries(this.node.args).filter(([name]) => !names.includes(name));
    return others.some(([, arg]) => valuesIn(arg).some(isComplex));
  }

  /** The call itself on other arguments, with real results; dtypes that it names become those of parts. */
  again(changed: Readonly<Record<string, Argument>>, target: string = this.node.target): readonly (Value | null)[] {
    const { origin, args, outputs } = this.node;
    const named = Object.entries({ ...args, ...changed }).map(([name, arg]) => [name, withRealDType(arg)]);
    const results = outputs.map((output) => output && this.#result(output));
    this.#context.rewriter.keep({
      target,
      args: Object.fromEntries(named),
      outputs: results,
      ...(origin && { origin }),
    });
    return results;
  }

  /** Appends a call of another operator with as many results as this one has parts. */
  other(target: string, args: Readonly<Record<string, Argument>>, types: readonly TensorType[]): readonly Value[] {
    const { rewriter } = this.#context;
    const outputs = types.map((type) => rewriter.value(target.split(".")[1] ?? target, type));
    rewriter.keep({ target, args, outputs, ...(this.node.origin && { origin: this.node.origin }) });
    return outputs;
  }

  #result({ name, type }: Value): Value {
    return this.#context.rewriter.value(name, type.kind === "tensor" ? realType(type) : type);
  }
}

function withRealDType(arg: Argument): Argument {
  return typeof arg === "string" && isDType(arg) ? realDType(arg) : arg;
}
