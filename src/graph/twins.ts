import type { DType } from "../core/index.ts";
import { resultType } from "./promote.ts";
import type { Schema } from "./schema.ts";
import { schemaOf } from "./schema-table.ts";
import type { Argument, TensorType } from "./types.ts";

/** Twins that are not simply called the same without the underscore. */
const IRREGULAR: ReadonlyMap<string, string> = new Map([
  ["aten.pow_.Scalar", "aten.pow.Tensor_Scalar"],
  ["aten.pow_.Tensor", "aten.pow.Tensor_Tensor"],
  ["aten.float_power_.Scalar", "aten.float_power.Tensor_Scalar"],
  ["aten.float_power_.Tensor", "aten.float_power.Tensor_Tensor"],
  ["aten.floor_divide_.Tensor", "aten.floor_divide.default"],
  ["aten.ldexp_.default", "aten.ldexp.Tensor"],
  ["aten.bernoulli_.float", "aten.bernoulli.p"],
  ["aten.transpose_.default", "aten.transpose.int"],
]);

function regularTwin({ target, name }: Schema): string {
  const functional = name.startsWith("__i") ? `__${name.slice(3)}` : name.replace(/_$/, "");
  return target.replace(`.${name}.`, `.${functional}.`);
}

/** The operator that gives what an in-place operator writes: `aten.add.Tensor` for `aten.add_.Tensor`. */
export function twinOf(schema: Schema): Schema | undefined {
  return schemaOf(IRREGULAR.get(schema.target) ?? regularTwin(schema));
}

const COMPARISONS = "eq ne lt le gt ge not_equal less less_equal greater greater_equal".split(" ");
const LOGICAL = "logical_and logical_or logical_xor logical_not".split(" ");
const TRUTHS: ReadonlySet<string> = new Set([...COMPARISONS, ...LOGICAL]);

const ARITHMETIC = "add sub subtract mul multiply div divide true_divide floor_divide remainder fmod pow".split(" ");
const BITWISE = "bitwise_and bitwise_or bitwise_xor __and__ __or__ __xor__".split(" ");
const BOUNDED = "clamp clamp_min clamp_max clip".split(" ");
const OTHER = "atan2 arctan2 copysign hypot xlogy addcmul addcdiv heaviside".split(" ");
const PROMOTING: ReadonlySet<string> = new Set([...ARITHMETIC, ...BITWISE, ...BOUNDED, ...OTHER]);

/** The dtype in which the twin computes, before the result is put back into `self`; undefined where PyTorch refuses. */
export function twinDType(twin: Schema, self: TensorType, args: readonly Argument[]): DType | undefined {
  if (TRUTHS.has(twin.name)) return "bool";
  return PROMOTING.has(twin.name) ? resultType(args) : self.dtype;
}
