import type { JsonValue } from "../container/index.ts";
import type { DType } from "../core/index.ts";
import { type Argument, type GraphBuilder, mapValues, type TensorType, type Value } from "../graph/index.ts";
import { SCALAR_TYPES } from "./export-enums.ts";
import { isObject } from "./json-fields.ts";

/**
 * Operators that autocast computes in the lower precision on CPUs. Those that it computes in float32 have results of
 * that dtype, which says it all: 16-bit operands are widened anyway.
 * https://github.com/pytorch/pytorch/blob/main/aten/src/ATen/autocast_mode.cpp
 */
const LOWERED: ReadonlySet<string> = new Set(
  (
    "addbmm.default addmm.default baddbmm.default bmm.default conv1d.default conv1d.padding conv2d.default " +
    "conv2d.padding conv3d.default conv3d.padding conv_tbc.default conv_transpose1d.default conv_transpose2d.input " +
    "conv_transpose3d.input linalg_vecdot.default linear.default matmul.default mm.default prelu.default " +
    "scaled_dot_product_attention.default"
  )
    .split(" ")
    .map((name) => `aten.${name}`),
);

/** The dtype to which autocast lowers: undefined when it is off. */
export type Autocast = DType | undefined;

const LOWER_DTYPES: readonly Autocast[] = ["bfloat16", "float16"];

function payloadOf(arg: JsonValue | undefined, tag: string): JsonValue | undefined {
  return isObject(arg) ? arg[tag] : undefined;
}

/** What `torch.autocast` with these arguments does; null for what is not known. */
export function readAutocast([device, dtype, enabled]: readonly JsonValue[]): Autocast | null {
  if (payloadOf(enabled, "as_bool") === false) return undefined;
  const lower = SCALAR_TYPES[Number(payloadOf(dtype, "as_scalar_type"))];
  const isKnown = payloadOf(device, "as_string") === "cpu" && LOWER_DTYPES.includes(lower);
  return isKnown && lower ? lower : null;
}

/** The arguments of a call as autocast passes them on: other floating-point tensors than float64 are converted. */
export function autocastArguments(
  target: string,
  args: Readonly<Record<string, Argument>>,
  lower: Autocast,
  builder: GraphBuilder,
): Readonly<Record<string, Argument>> {
  if (lower === undefined || !LOWERED.has(target)) return args;
  const convert = (value: Value): Value => {
    const { type } = value;
    const isLowered = type.kind === "tensor" && CONVERTED.has(type.dtype) && type.dtype !== lower;
    return isLowered ? converted(builder, value, { ...type, dtype: lower }) : value;
  };
  return Object.fromEntries(Object.entries(args).map(([name, arg]) => [name, mapValues(arg, convert)]));
}

const CONVERTED: ReadonlySet<DType> = new Set<DType>(["float32", "float16", "bfloat16"]);

function converted(builder: GraphBuilder, value: Value, type: TensorType): Value {
  return builder.node("aten._to_copy.default", { self: { value }, dtype: type.dtype }, type);
}
