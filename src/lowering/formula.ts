import type { DType } from "../core/index.ts";
import type { Emitter } from "./emitter.ts";
import type { OnnxOpName } from "./onnx-ops.ts";
import type { Operand } from "./operand.ts";
import { Refusal } from "./refusal.ts";

/** A value, or a number that takes the dtype of the value beside it. */
export type Term = Operand | number;

function isOperand(term: Term): term is Operand {
  return typeof term !== "number";
}

/** Writes elementwise formulas in which plain numbers stand for constants. */
export class Formula {
  readonly emit: Emitter;

  constructor(emit: Emitter) {
    this.emit = emit;
  }

  #apply(op: OnnxOpName, terms: readonly Term[]): Operand {
    const like = terms.find(isOperand);
    if (!like) throw new Refusal("a formula of numbers alone");
    return this.emit.op(
      op,
      terms.map((term) => (isOperand(term) ? term : this.emit.like(like, term))),
    );
  }

  #chain(op: OnnxOpName, [first, ...rest]: readonly Term[]): Operand {
    const [second = 0, ...others] = rest;
    const start = this.#apply(op, [first ?? 0, second]);
    return others.reduce<Operand>((result, term) => this.#apply(op, [result, term]), start);
  }

  add(...terms: readonly Term[]): Operand {
    return this.#chain("Add", terms);
  }

  sub(a: Term, b: Term): Operand {
    return this.#apply("Sub", [a, b]);
  }

  mul(...terms: readonly Term[]): Operand {
    return this.#chain("Mul", terms);
  }

  div(a: Term, b: Term): Operand {
    return this.#apply("Div", [a, b]);
  }

  pow(a: Term, b: Term): Operand {
    return this.#apply("Pow", [a, b]);
  }

  max(a: Term, b: Term): Operand {
    return this.#apply("Max", [a, b]);
  }

  min(a: Term, b: Term): Operand {
    return this.#apply("Min", [a, b]);
  }

  square(a: Operand): Operand {
    return this.#apply("Mul", [a, a]);
  }

  neg(a: Operand): Operand {
    return this.#apply("Neg", [a]);
  }

  abs(a: Operand): Operand {
    return this.#apply("Abs", [a]);
  }

  sqrt(a: Operand): Operand {
    return this.#apply("Sqrt", [a]);
  }

  exp(a: Operand): Operand {
    return this.#apply("Exp", [a]);
  }

  log(a: Operand): Operand {
    return this.#apply("Log", [a]);
  }

  sin(a: Operand): Operand {
    return this.#apply("Sin", [a]);
  }

  cos(a: Operand): Operand {
    return this.#apply("Cos", [a]);
  }

  floor(a: Operand): Operand {
    return this.#apply("Floor", [a]);
  }

  equal(a: Term, b: Term): Operand {
    return this.#apply("Equal", [a, b]);
  }

  less(a: Term, b: Term): Operand {
    return this.#apply("Less", [a, b]);
  }

  lessOrEqual(a: Term, b: Term): Operand {
    return this.#apply("LessOrEqual", [a, b]);
  }

  greater(a: Term, b: Term): Operand {
    return this.#apply("Greater", [a, b]);
  }

  greaterOrEqual(a: Term, b: Term): Operand {
    return this.#apply("GreaterOrEqual", [a, b]);
  }

  and(a: Operand, b: Operand): Operand {
    return this.#apply("And", [a, b]);
  }

  or(a: Operand, b: Operand): Operand {
    return this.#apply("Or", [a, b]);
  }

  not(a: Operand): Operand {
    return this.#apply("Not", [a]);
  }

  isNaN(a: Operand): Operand {
    return this.#apply("IsNaN", [a]);
  }

  isInfinite(a: Operand): Operand {
    return this.#apply("IsInf", [a]);
  }

  where(condition: Operand, yes: Term, no: Term): Operand {
    const like = [yes, no].find(isOperand);
    if (!like) throw new Refusal("a choice between numbers alone");
    const term = (value: Term) => (isOperand(value) ? value : this.emit.like(like, value));
    return this.emit.op("Where", [condition, term(yes), term(no)]);
  }

  /** The first of `cases` whose condition holds decides. */
  choose(cases: readonly (readonly [condition: Operand, value: Term])[], otherwise: Operand): Operand {
    return cases.reduceRight<Operand>((rest, [condition, value]) => this.where(condition, value, rest), otherwise);
  }

  /** By Horner's rule; the coefficient of the highest power comes first. */
  polynomial(x: Operand, coefficients: readonly number[]): Operand {
    const [first = 0, ...rest] = coefficients;
    const start: Operand = this.emit.like(x, first);
    return rest.reduce<Operand>((sum, coefficient) => this.add(this.mul(sum, x), coefficient), start);
  }

  cast(a: Operand, dtype: DType): Operand {
    return this.emit.cast(a, dtype);
  }
}
