import { type Dim, DTYPES } from "../../../core/index.ts";
import { type Argument, isValueRef, type ScalarType } from "../../types.ts";
import { elementCount, floorDivide, largest, minus, modulo, plus, sameDim, smallest, times } from "../dim-math.ts";
import type { InferCall } from "../infer-call.ts";
import type { InferRule, InferRules } from "../infer-rule.ts";
import { integer } from "../tensor.ts";
import { named } from "./pointwise.ts";

const FLOAT: ScalarType = { kind: "scalar", dtype: "float64" };
const BOOL: ScalarType = { kind: "scalar", dtype: "bool" };

function scalarOf(arg: Argument | undefined): ScalarType {
  if (typeof arg === "boolean") return BOOL;
  if (typeof arg === "bigint") return integer(Number(arg));
  if (typeof arg === "number") return Number.isInteger(arg) ? integer(arg) : FLOAT;
  return isValueRef(arg) && arg.value.type.kind === "scalar" ? arg.value.type : integer();
}

type Operation = (a: Dim, b: Dim) => Dim | undefined;

/** Of integers, with its value; of a float, a float. */
function arithmetic(operation: Operation): InferRule {
  return (call) => {
    const [a, b] = operandsOf(call);
    if (a.dtype === "float64" || b.dtype === "float64") return FLOAT;
    return integer(a.dim === undefined || b.dim === undefined ? undefined : operation(a.dim, b.dim));
  };
}

function operandsOf(call: InferCall): readonly [ScalarType, ScalarType] {
  const [a = "a", b = "b"] = call.argumentNames;
  return [scalarOf(call.argument(a)), scalarOf(call.argument(b))];
}

const power: Operation = (a, b) => {
  const isSmall = typeof b === "number" && b >= 0 && b <= 8;
  return isSmall ? times(1, ...Array.from({ length: b }, () => a)) : undefined;
};

/** Of truths a truth, of integers an integer. */
const bitwise: InferRule = (call) => (operandsOf(call)[0].dtype === "bool" ? BOOL : integer());

function unary(operation: (dim: Dim) => Dim): InferRule {
  return (call) => {
    const [{ dtype, dim }] = operandsOf(call);
    return dtype === "float64" ? FLOAT : integer(dim === undefined ? undefined : operation(dim));
  };
}

/** A float becomes an integer that is not known. */
const wholePart: InferRule = (call) => integer(operandsOf(call)[0].dim);

const choice: InferRule = (call) => {
  const [yes, no] = call.argumentNames.slice(1).map((name) => scalarOf(call.argument(name)));
  if (yes?.dim === undefined || no?.dim === undefined) return yes ?? FLOAT;
  return sameDim(yes.dim, no.dim) ? yes : integer();
};

const real: InferRule = () => FLOAT;
const truth: InferRule = () => BOOL;

const size: InferRule = (call) => {
  const { shape } = call.tensor("self");
  return integer(shape[call.axis("dim", shape)] ?? call.refuse(shape, "a tensor with axes"));
};

const count: InferRule = (call) => integer(elementCount(call.tensor("self").shape));

const rank: InferRule = (call) => integer(call.tensor("self").shape.length);

const stride: InferRule = (call) => {
  const { shape, contiguous } = call.tensor("self");
  const axis = call.axis("dim", shape);
  return integer(contiguous === true ? elementCount(shape.slice(axis + 1)) : undefined);
};

const item: InferRule = (call) => {
  const { dtype, shape } = call.tensor("self");
  const { category } = DTYPES[dtype];
  if (shape.some((dim) => typeof dim === "number" && dim !== 1)) return call.refuse(shape, "one element");
  if (category === "complex") return call.refuseDType(dtype, "a real number");
  return category === "bool" ? BOOL : category === "int" ? integer() : FLOAT;
};

const floorQuotient = arithmetic((a, b) => (b === 0 ? undefined : floorDivide(a, b)));
const remainder = arithmetic((a, b) => (b === 0 ? undefined : modulo(a, b)));

export const SYMBOLIC: InferRules = {
  ...named(
    () => [],
    "_assert_async _assert_scalar _assert_tensor_metadata _functional_assert_async sym_constrain_range " +
      "sym_constrain_range_for_size",
  ),
  ...named(size, "size sym_size"),
  ...named(count, "numel sym_numel"),
  ...named(stride, "stride sym_stride"),
  ...named(item, "item _local_scalar_dense"),
  ...named(truth, "is_nonzero equal allclose"),
  ...named(() => integer(), "sym_storage_offset"),
  dim: rank,
  "_operator.add": arithmetic(plus),
  "_operator.sub": arithmetic(minus),
  "_operator.mul": arithmetic(times),
  "_operator.floordiv": floorQuotient,
  "_operator.mod": remainder,
  "_operator.pow": arithmetic(power),
  "_operator.truediv": real,
  "_operator.neg": unary((dim) => times(-1, dim)),
  "_operator.pos": unary((dim) => dim),
  ...named(truth, "_operator.eq _operator.ne _operator.lt _operator.le _operator.gt _operator.ge torch.sym_not"),
  ...named(bitwise, "_operator.and_ _operator.or_ _operator.xor"),
  "torch.sym_max": arithmetic(largest),
  "torch.sym_min": arithmetic(smallest),
  ...named(real, "torch.sym_float torch._sym_sqrt torch.sym_sqrt"),
  ...named(wholePart, "torch.sym_int math.trunc math.ceil math.floor _operator.round"),
  "torch.sym_ite": choice,
};
