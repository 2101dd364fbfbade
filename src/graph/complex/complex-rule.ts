import type { Value } from "../types.ts";
import type { ComplexCall } from "./complex-call.ts";
import type { Parts } from "./real-math.ts";

/** A result of a call: complex numbers, or a real tensor. */
export type ComplexResult = Parts | Value | null;

/** Puts calls on real tensors in the place of one on complex numbers; undefined for a use that has none. */
export type ComplexRule = (call: ComplexCall) => ComplexResult | readonly ComplexResult[] | undefined;

/** By target, such as `aten.mul.Tensor`. */
export type ComplexRules = Readonly<Record<string, ComplexRule>>;

export function each(targets: string, rule: ComplexRule): ComplexRules {
  return Object.fromEntries(targets.split(/\s+/).map((target) => [`aten.${target}`, rule]));
}
