import { type Dim, formatDim } from "../../core/index.ts";
import { withDefaults } from "../defaults.ts";
import { schemaOf } from "../schema-table.ts";
import type { Node, ValueType } from "../types.ts";
import { changedType, inferInPlace } from "./in-place.ts";
import { InferCall } from "./infer-call.ts";
import type { InferContext } from "./infer-context.ts";
import type { Inferred } from "./infer-rule.ts";
import { inferRuleOf } from "./rule-table.ts";

/** Longer expressions become new symbols: what a hostile program computes must not grow without bound. */
const MAX_EXPRESSION = 512;

function shortened(dim: Dim, context: InferContext): Dim {
  return typeof dim === "number" || formatDim(dim).length <= MAX_EXPRESSION ? dim : context.symbol("size");
}

function bounded(type: ValueType | null, context: InferContext): ValueType | null {
  if (type === null || (type.kind === "scalar" && type.dim === undefined)) return type;
  if (type.kind === "tensor") return { ...type, shape: type.shape.map((dim) => shortened(dim, context)) };
  const { dim = 0 } = type;
  return shortened(dim, context) === dim ? type : { kind: "scalar", dtype: type.dtype };
}

function infer(target: string, args: Node["args"], context: InferContext): Inferred | undefined {
  const schema = schemaOf(target);
  const rule = inferRuleOf(target);
  const changed = schema && changedType(schema, args);
  if (rule === undefined && changed) return inferInPlace(schema, changed, args, context);
  return rule?.(new InferCall(target, args, context));
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
  const inferred = infer(target, withDefaults({ target, args }).args, context);
  if (inferred === undefined) return undefined;
  const results: readonly (ValueType | null)[] = "kind" in inferred ? [inferred] : inferred;
  return results.map((type) => bounded(type, context));
}
