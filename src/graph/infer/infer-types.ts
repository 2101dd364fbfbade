import { type Dim, formatDim } from "../../core/index.ts";
import { withDefaults } from "../defaults.ts";
import { isWritten } from "../in-place.ts";
import type { Schema } from "../schema.ts";
import { schemaOf } from "../schema-table.ts";
import { twinOf } from "../twins.ts";
import { isValueRef, type Node, type TensorType, type ValueType } from "../types.ts";
import { InferCall } from "./infer-call.ts";
import type { InferContext } from "./infer-context.ts";
import type { InferRule, InferRules } from "./infer-rule.ts";
import { ATTENTION } from "./rules/attention.ts";
import { CONVERSION } from "./rules/conversion.ts";
import { CONVOLUTION } from "./rules/convolution.ts";
import { CREATION } from "./rules/creation.ts";
import { EINSUM } from "./rules/einsum.ts";
import { INDEXING } from "./rules/indexing.ts";
import { LAYOUT } from "./rules/layout.ts";
import { MATRIX } from "./rules/matrix.ts";
import { NORMALIZATION } from "./rules/normalization.ts";
import { ORDERING } from "./rules/ordering.ts";
import { PADDING } from "./rules/padding.ts";
import { PIECES } from "./rules/pieces.ts";
import { POINTWISE } from "./rules/pointwise.ts";
import { POOLING } from "./rules/pooling.ts";
import { REARRANGEMENT } from "./rules/rearrangement.ts";
import { REDUCTION } from "./rules/reduction.ts";
import { RESIZE } from "./rules/resize.ts";
import { SYMBOLIC } from "./rules/symbolic.ts";

const TABLES: readonly InferRules[] = [
  EINSUM,
  RESIZE,
  REARRANGEMENT,
  POOLING,
  PIECES,
  PADDING,
  ORDERING,
  INDEXING,
  ATTENTION,
  CONVERSION,
  CONVOLUTION,
  CREATION,
  LAYOUT,
  MATRIX,
  NORMALIZATION,
  POINTWISE,
  REDUCTION,
  SYMBOLIC,
];

const RULES: ReadonlyMap<string, InferRule> = new Map(TABLES.flatMap((table) => Object.entries(table)));

/** Longer expressions become new symbols: what a hostile program computes must not grow without bound. */
const MAX_EXPRESSION = 512;

function ruleOf(target: string): InferRule | undefined {
  const [namespace, name = "", overload] = target.split(".");
  if (namespace !== "aten") return RULES.get(target);
  return RULES.get(`${name}.${overload}`) ?? RULES.get(name);
}

/** In place, these change the shape as their functional twins do. */
const RESHAPING: ReadonlySet<string> = new Set("transpose_ swapaxes_ swapdims_ t_ squeeze_ unsqueeze_".split(" "));

/** The tensor that an in-place operator changes, which is also its result. */
function changed(schema: Schema, args: Node["args"]): TensorType | undefined {
  const [parameter, ...more] = schema.parameters.filter(isWritten);
  const arg = parameter && args[parameter.name];
  const isResult = more.length === 0 && schema.returns.length === 1 && schema.returns[0]?.alias?.write === true;
  return isResult && isValueRef(arg) && arg.value.type.kind === "tensor" ? arg.value.type : undefined;
}

function inPlace(schema: Schema, self: TensorType, args: Node["args"], context: InferContext): readonly ValueType[] {
  const twin = twinOf(schema);
  const rule = twin && ruleOf(twin.target);
  if (!twin || !rule) return [self];
  const given = twin.parameters.map(({ name }, index) => [name, args[schema.parameters[index]?.name ?? name] ?? null]);
  const result = rule(new InferCall(twin.target, Object.fromEntries(given), context));
  if (RESHAPING.has(schema.name)) return [result as TensorType];
  return [self];
}

function simplified(dim: Dim, context: InferContext): Dim {
  return typeof dim === "number" || formatDim(dim).length <= MAX_EXPRESSION ? dim : context.symbol("size");
}

function bounded(type: ValueType | null, context: InferContext): ValueType | null {
  if (type === null || (type.kind === "scalar" && type.dim === undefined)) return type;
  if (type.kind === "tensor") return { ...type, shape: type.shape.map((dim) => simplified(dim, context)) };
  const { dim = 0 } = type;
  return simplified(dim, context) === dim ? type : { kind: "scalar", dtype: type.dtype };
}

/**
 * The types of the results of a call, as PyTorch gives them, from its arguments by the names of the schema; undefined when
 * there is no rule for the operator. A scalar argument that is a whole number counts as an integer: a float such as 2.0 is
 * told by a value of the type float64.
 * @throws RelayError for arguments that PyTorch refuses too (INPUT_SHAPE, INPUT_DTYPE or GRAPH_INVALID).
 */
export function inferTypes(
  target: string,
  args: Node["args"],
  context: InferContext,
): readonly (ValueType | null)[] | undefined {
  const schema = schemaOf(target);
  const { args: filled } = withDefaults({ target, args });
  const self = schema && changed(schema, filled);
  if (self) return inPlace(schema, self, filled, context);
  const rule = ruleOf(target);
  if (!rule) return undefined;
  const inferred = rule(new InferCall(target, filled, context));
  const results: readonly (ValueType | null)[] = "kind" in inferred ? [inferred] : inferred;
  return results.map((type) => bounded(type, context));
}
