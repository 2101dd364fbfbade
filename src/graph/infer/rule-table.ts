import type { InferRule, InferRules } from "./infer-rule.ts";
import { ATTENTION } from "./rules/attention.ts";
import { CONVERSION } from "./rules/conversion.ts";
import { CONVOLUTION } from "./rules/convolution.ts";
import { COPIES } from "./rules/copies.ts";
import { CREATION } from "./rules/creation.ts";
import { DATABASE } from "./rules/database.ts";
import { EINSUM } from "./rules/einsum.ts";
import { EXPERTS } from "./rules/experts.ts";
import { FACTORIZATION } from "./rules/factorization.ts";
import { INDEXING } from "./rules/indexing.ts";
import { JOINING } from "./rules/joining.ts";
import { LAYOUT } from "./rules/layout.ts";
import { LINEAR_ALGEBRA } from "./rules/linear-algebra.ts";
import { LOSS } from "./rules/loss.ts";
import { MATRIX } from "./rules/matrix.ts";
import { NORMALIZATION } from "./rules/normalization.ts";
import { ORDERING } from "./rules/ordering.ts";
import { PADDING } from "./rules/padding.ts";
import { PIECES } from "./rules/pieces.ts";
import { POINTWISE } from "./rules/pointwise.ts";
import { POOLING } from "./rules/pooling.ts";
import { RANDOM } from "./rules/random.ts";
import { REARRANGEMENT } from "./rules/rearrangement.ts";
import { RECURRENT } from "./rules/recurrent.ts";
import { REDUCTION } from "./rules/reduction.ts";
import { RESIZE } from "./rules/resize.ts";
import { SPECIAL } from "./rules/special.ts";
import { SPECTRAL } from "./rules/spectral.ts";
import { STATISTICS } from "./rules/statistics.ts";
import { SYMBOLIC } from "./rules/symbolic.ts";
import { VISION } from "./rules/vision.ts";

const TABLES: readonly InferRules[] = [
  ATTENTION,
  CONVERSION,
  CONVOLUTION,
  COPIES,
  SPECIAL,
  FACTORIZATION,
  DATABASE,
  CREATION,
  EINSUM,
  EXPERTS,
  INDEXING,
  JOINING,
  LAYOUT,
  LINEAR_ALGEBRA,
  LOSS,
  MATRIX,
  NORMALIZATION,
  ORDERING,
  PADDING,
  PIECES,
  POINTWISE,
  POOLING,
  RANDOM,
  REARRANGEMENT,
  RECURRENT,
  REDUCTION,
  RESIZE,
  SPECTRAL,
  STATISTICS,
  SYMBOLIC,
  VISION,
];

const RULES: ReadonlyMap<string, InferRule> = new Map(TABLES.flatMap((table) => Object.entries(table)));

/** The rule for a target such as `aten.max.dim`, in the terms of {@link InferRules}. */
export function inferRuleOf(target: string): InferRule | undefined {
  const [namespace, name = "", overload] = target.split(".");
  if (namespace !== "aten") return RULES.get(target) ?? RULES.get(`${namespace}.${name}`);
  return RULES.get(`${name}.${overload}`) ?? RULES.get(name);
}
