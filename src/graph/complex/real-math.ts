import { shapeEquals } from "../../core/index.ts";
import type { GraphRewriter } from "../rewriter.ts";
import type { Argument, Origin, TensorType, Value } from "../types.ts";
import { realType, tensorType } from "./real-type.ts";

/** A complex tensor as two real ones of one shape and dtype. */
export interface Parts {
  readonly real: Value;
  readonly imaginary: Value;
}

/** How the parts of complex numbers would lie in memory is not asked any more. */
function withoutOrder({ dtype, shape }: TensorType): TensorType {
  return { kind: "tensor", dtype, shape };
}

/** Appends calls on real tensors, whose shapes are those of their operands or of the result of it all. */
export class RealMath {
  readonly #rewriter: GraphRewriter;
  readonly #origin: Origin | undefined;
  readonly #result: TensorType;

  constructor(rewriter: GraphRewriter, origin: Origin | undefined, result: TensorType) {
    this.#rewriter = rewriter;
    this.#origin = origin;
    this.#result = realType(result);
  }

  /** The type of the real parts of the result. */
  get result(): TensorType {
    return this.#result;
  }

  call(target: string, args: Readonly<Record<string, Argument>>, type: TensorType): Value {
    return this.#rewriter.call({ target, args }, withoutOrder(type), this.#origin);
  }

  unary(name: string, self: Value, others: Readonly<Record<string, Argument>> = {}): Value {
    return this.call(`aten.${name}`, { self: { value: self }, ...others }, tensorType(self.type));
  }

  #joint(a: Value, b: Value): TensorType {
    const [first, second] = [tensorType(a.type), tensorType(b.type)];
    if (shapeEquals(first.shape, second.shape) || second.shape.length === 0) return first;
    return first.shape.length === 0 ? second : { ...first, shape: this.#result.shape };
  }

  binary(name: string, a: Value, b: Value): Value {
    return this.call(`aten.${name}`, { self: { value: a }, other: { value: b } }, this.#joint(a, b));
  }

  add(a: Value, b: Value): Value {
    return this.binary("add.Tensor", a, b);
  }

  sub(a: Value, b: Value): Value {
    return this.binary("sub.Tensor", a, b);
  }

  mul(a: Value, b: Value): Value {
    return this.binary("mul.Tensor", a, b);
  }

  div(a: Value, b: Value): Value {
    return this.binary("div.Tensor", a, b);
  }

  neg(a: Value): Value {
    return this.unary("neg.default", a);
  }

  /** `value` everywhere, in the shape of `like`. */
  full(like: Value, value: number): Value {
    return this.unary("full_like.default", like, { fill_value: value });
  }

  where(condition: Value, yes: Value, no: Value): Value {
    const args = { condition: { value: condition }, self: { value: yes }, other: { value: no } };
    return this.call("aten.where.self", args, this.#joint(yes, no));
  }

  /** A test of two tensors, which gives booleans. */
  test(name: string, a: Value, b: Value): Value {
    const args = { self: { value: a }, other: { value: b } };
    return this.call(`aten.${name}`, args, { ...this.#joint(a, b), dtype: "bool" });
  }

  /** A test of one tensor. */
  check(name: string, self: Value): Value {
    return this.call(`aten.${name}`, { self: { value: self } }, { ...tensorType(self.type), dtype: "bool" });
  }

  /** The pairs that stand for complex numbers, along a last axis of 2. */
  pairs({ real, imaginary }: Parts): Value {
    const type = realType(tensorType(real.type));
    const args = { tensors: [{ value: real }, { value: imaginary }], dim: -1 };
    return this.call("aten.stack.default", args, { ...type, shape: [...type.shape, 2] });
  }

  /** What {@link pairs} puts together. */
  parts(pairs: Value): Parts {
    const { dtype, shape } = tensorType(pairs.type);
    const type: TensorType = { kind: "tensor", dtype, shape: shape.slice(0, -1) };
    const part = (index: number) => this.call("aten.select.int", { self: { value: pairs }, dim: -1, index }, type);
    return { real: part(0), imaginary: part(1) };
  }
}
