import { type Dim, DTYPES, type DTypeCategory, formatShape } from "../../core/index.ts";
import { isWritten } from "../in-place.ts";
import type { Schema } from "../schema.ts";
import { twinOf } from "../twins.ts";
import { isValueRef, type Node, type TensorType } from "../types.ts";
import { sameDim } from "./dim-math.ts";
import { InferCall } from "./infer-call.ts";
import type { InferContext } from "./infer-context.ts";
import type { Inferred } from "./infer-rule.ts";
import { inferRuleOf } from "./rule-table.ts";
import { shapeError } from "./shape-error.ts";

/** After these, a tensor is another. */
const REPLACING: ReadonlySet<string> = new Set(["set_"]);

/** These give the tensor that they change another shape, that of their functional twins. */
const RESHAPING: ReadonlySet<string> = new Set(
  "transpose_ swapaxes_ swapdims_ t_ squeeze_ unsqueeze_ as_strided_".split(" "),
);

const RANK: Readonly<Record<DTypeCategory, number>> = { bool: 0, int: 1, float: 2, complex: 3 };

/** The tensor that an in-place operator changes, which is also its one result. */
export function changedType(schema: Schema, args: Node["args"]): TensorType | undefined {
  const [parameter, ...more] = schema.parameters.filter(isWritten);
  const arg = parameter && args[parameter.name];
  const isResult =
    more.length === 0 &&
    !REPLACING.has(schema.name) &&
    schema.returns.length === 1 &&
    schema.returns[0]?.alias?.write === true;
  return isResult && isValueRef(arg) && arg.value.type.kind === "tensor" ? arg.value.type : undefined;
}

function mayDiffer(a: Dim, b: Dim | undefined): boolean {
  return b !== undefined && (sameDim(a, b) || typeof a !== "number" || typeof b !== "number");
}

/** What is computed must have the shape of the tensor it is put into, and a dtype of no higher category. */
function requireFit(call: InferCall, self: TensorType, { dtype, shape }: TensorType): void {
  const isFit = shape.length === self.shape.length && shape.every((dim, axis) => mayDiffer(dim, self.shape[axis]));
  if (!isFit) throw shapeError(call.name, self.shape, `what holds a result of shape ${formatShape(shape)}`);
  if (RANK[DTYPES[dtype].category] <= RANK[DTYPES[self.dtype].category] || dtype === "bool") return;
  call.refuseDType(self.dtype, `a tensor that can hold ${dtype}`);
}

/** The type of a tensor after an in-place operator has changed it. @throws RelayError as inferTypes */
export function inferInPlace(schema: Schema, self: TensorType, args: Node["args"], context: InferContext): Inferred {
  const twin = twinOf(schema);
  const rule = twin && inferRuleOf(twin.target);
  if (!twin || !rule) return self;
  const given = twin.parameters.map(({ name }, index) => [name, args[schema.parameters[index]?.name ?? name] ?? null]);
  const call = new InferCall(twin.target, Object.fromEntries(given), context);
  const result = rule(call);
  if (RESHAPING.has(schema.name)) return result;
  if ("kind" in result && result.kind === "tensor") requireFit(call, self, result);
  return self;
}
