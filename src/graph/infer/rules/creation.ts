import type { Dim, DType } from "../../../core/index.ts";
import { ceilDivide, floorDivide, largest, minus } from "../dim-math.ts";
import type { InferCall } from "../infer-call.ts";
import type { InferRule, InferRules } from "../infer-rule.ts";
import { stridedOrder } from "../order.ts";
import { fresh, tensor } from "../tensor.ts";
import { named } from "./pointwise.ts";

/** PyTorch's default for what is not told. */
const DEFAULT: DType = "float32";

const ofSize =
  (dtypeOf: (call: InferCall) => DType): InferRule =>
  (call) =>
    fresh(call.dtype() ?? dtypeOf(call), call.sizes("size"));

const likeSelf: InferRule = (call) => {
  const { dtype, shape, contiguous } = call.tensor("self");
  return tensor(call.dtype() ?? dtype, shape, contiguous === true ? true : undefined);
};

const newLikeSelf = ofSize((call) => call.tensor("self").dtype);

const fullOf = ofSize((call) => call.scalarDType("fill_value"));

/** Rounded up as PyTorch does, in float64. */
function rangeLength(call: InferCall): Dim {
  const { start = 0, end, step = 1 } = rangeBounds(call);
  if (typeof start === "number" && typeof end === "number" && typeof step === "number") {
    return Math.max(0, Math.ceil((end - start) / step));
  }
  if (start === undefined || end === undefined || typeof step !== "number" || !Number.isInteger(step) || step === 0) {
    return call.symbol("arange");
  }
  const span = minus(end, start);
  return largest(0, step > 0 ? ceilDivide(span, step) : floorDivide(minus(step + 1, span), -step));
}

interface RangeBounds {
  readonly start?: Dim | undefined;
  readonly end: Dim | undefined;
  readonly step?: Dim | undefined;
}

function rangeBounds(call: InferCall): RangeBounds {
  const read = (name: string) => call.number(name) ?? call.dim(name);
  return {
    end: read("end"),
    ...(call.has("start") && { start: read("start") }),
    ...(call.has("step") && { step: read("step") }),
  };
}

const range: InferRule = (call) => {
  const isWhole = ["start", "end", "step"].every((name) => !call.has(name) || call.scalarDType(name) === "int64");
  return fresh(call.dtype() ?? (isWhole ? "int64" : DEFAULT), [rangeLength(call)]);
};

const spaced: InferRule = (call) => fresh(call.dtype() ?? DEFAULT, [call.size("steps")]);

const identity: InferRule = (call) => {
  const rows = call.size("n");
  return fresh(call.dtype() ?? DEFAULT, [rows, call.has("m") ? call.size("m") : rows]);
};

const strided =
  (dtypeOf: (call: InferCall) => DType): InferRule =>
  (call) => {
    const shape = call.sizes("size");
    return tensor(call.dtype() ?? dtypeOf(call), shape, stridedOrder(shape, call.sizes("stride")));
  };

const scalarTensor: InferRule = (call) => fresh(call.dtype() ?? DEFAULT, []);

const filled: InferRule = (call) => {
  const { dtype, shape, contiguous } = call.tensor("self");
  return tensor(dtype, shape, contiguous);
};

export const CREATION: InferRules = {
  ...named(
    ofSize(() => DEFAULT),
    "zeros ones empty rand randn",
  ),
  ...named(likeSelf, "zeros_like ones_like empty_like full_like rand_like randn_like randint_like"),
  ...named(newLikeSelf, "new_zeros new_ones new_empty new_full"),
  empty_strided: strided(() => DEFAULT),
  new_empty_strided: strided((call) => call.tensor("self").dtype),
  resize_: (call) => fresh(call.tensor("self").dtype, call.sizes("size")),
  full: fullOf,
  arange: range,
  ...named(spaced, "linspace logspace"),
  eye: identity,
  scalar_tensor: scalarTensor,
  ...named(filled, "fill copy"),
};
