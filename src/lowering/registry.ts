import { COMPLEX_TARGETS } from "../graph/index.ts";
import type { Rule, RuleTable } from "./rule.ts";
import { ACTIVATION } from "./rules/activation.ts";
import { ARITHMETIC } from "./rules/arithmetic.ts";
import { ATTENTION } from "./rules/attention.ts";
import { BAGS } from "./rules/bags.ts";
import { BESSEL } from "./rules/bessel.ts";
import { COMPARISON } from "./rules/comparison.ts";
import { CONTROL_FLOW } from "./rules/control-flow.ts";
import { CONVERSION } from "./rules/conversion.ts";
import { CONVOLUTION } from "./rules/convolution.ts";
import { COUNTING } from "./rules/counting.ts";
import { CREATION } from "./rules/creation.ts";
import { DETECTION } from "./rules/detection.ts";
import { DIAGONAL } from "./rules/diagonal.ts";
import { DIFFERENCES } from "./rules/differences.ts";
import { DISTANCE } from "./rules/distance.ts";
import { DIVISION } from "./rules/division.ts";
import { ELEMENTWISE } from "./rules/elementwise.ts";
import { ERROR_FUNCTION } from "./rules/error-function.ts";
import { EXPERTS } from "./rules/experts.ts";
import { EXPONENTIAL } from "./rules/exponential.ts";
import { FACTORIZATION } from "./rules/factorization.ts";
import { GAMMA } from "./rules/gamma.ts";
import { GRID_SAMPLING } from "./rules/grid-sampling.ts";
import { HISTOGRAM } from "./rules/histogram.ts";
import { INDEXING } from "./rules/indexing.ts";
import { INVERSE_SHORT_TIME } from "./rules/inverse-short-time.ts";
import { LAYOUT } from "./rules/layout.ts";
import { LINEAR_ALGEBRA } from "./rules/linear-algebra.ts";
import { LINEAR_SOLVE } from "./rules/linear-solve.ts";
import { LOSSES } from "./rules/losses.ts";
import { LU_FACTORS } from "./rules/lu-factors.ts";
import { MASKING } from "./rules/masking.ts";
import { NORM } from "./rules/norm.ts";
import { NORMALIZATION } from "./rules/normalization.ts";
import { ORDER_STATISTICS } from "./rules/order-statistics.ts";
import { ORDERING } from "./rules/ordering.ts";
import { PADDING } from "./rules/padding.ts";
import { PIECES } from "./rules/pieces.ts";
import { PLANES } from "./rules/planes.ts";
import { POLYNOMIALS } from "./rules/polynomials.ts";
import { POOLING } from "./rules/pooling.ts";
import { POWER } from "./rules/power.ts";
import { PRODUCTS } from "./rules/products.ts";
import { RANDOM, RANDOMIZED_ACTIVATION } from "./rules/random.ts";
import { REARRANGEMENT } from "./rules/rearrangement.ts";
import { RECURRENT } from "./rules/recurrent.ts";
import { REDUCE_SCATTER } from "./rules/reduce-scatter.ts";
import { REDUCTION } from "./rules/reduction.ts";
import { RESIZE } from "./rules/resize.ts";
import { SCAN } from "./rules/scan.ts";
import { SCATTERING } from "./rules/scattering.ts";
import { SEARCHING } from "./rules/searching.ts";
import { SELECTION } from "./rules/selection.ts";
import { SIGNAL_WINDOWS } from "./rules/signal-windows.ts";
import { SINGULAR_VALUES } from "./rules/singular-values.ts";
import { SLIDING_WINDOWS } from "./rules/sliding-windows.ts";
import { SPECTRUM } from "./rules/spectrum.ts";
import { STACKING } from "./rules/stacking.ts";
import { STRIDED } from "./rules/strided.ts";
import { SYMBOLIC } from "./rules/symbolic.ts";
import { UNIQUENESS } from "./rules/uniqueness.ts";
import { SYNONYMS } from "./synonyms.ts";

/** A rule, and whether it sees 16-bit floats as float32. */
export interface RegisteredRule {
  readonly rule: Rule;
  readonly widensHalf: boolean;
}

/** Families that compute: PyTorch does so in float32 and rounds the result of each call. */
const COMPUTING: readonly RuleTable[] = [
  ACTIVATION,
  ARITHMETIC,
  ATTENTION,
  COMPARISON,
  CONVOLUTION,
  DETECTION,
  DIVISION,
  ELEMENTWISE,
  EXPERTS,
  GRID_SAMPLING,
  HISTOGRAM,
  LINEAR_ALGEBRA,
  NORM,
  NORMALIZATION,
  ORDERING,
  POOLING,
  POWER,
  RECURRENT,
  REDUCTION,
  RESIZE,
  SELECTION,
  EXPONENTIAL,
  SCAN,
  LOSSES,
  DISTANCE,
  ORDER_STATISTICS,
  DIFFERENCES,
  SEARCHING,
  ERROR_FUNCTION,
  GAMMA,
  BESSEL,
  POLYNOMIALS,
  PRODUCTS,
  COUNTING,
  BAGS,
  PLANES,
  LINEAR_SOLVE,
  FACTORIZATION,
  SINGULAR_VALUES,
  LU_FACTORS,
  SPECTRUM,
  INVERSE_SHORT_TIME,
  RANDOMIZED_ACTIVATION,
  SLIDING_WINDOWS,
];

/** Families that only move elements, or make them. */
const MOVING: readonly RuleTable[] = [
  CONTROL_FLOW,
  CONVERSION,
  CREATION,
  INDEXING,
  LAYOUT,
  PADDING,
  PIECES,
  REARRANGEMENT,
  SCATTERING,
  SYMBOLIC,
  STACKING,
  DIAGONAL,
  STRIDED,
  REDUCE_SCATTER,
  MASKING,
  UNIQUENESS,
  SIGNAL_WINDOWS,
];

function registered(tables: readonly RuleTable[], widensHalf: boolean): readonly [string, RegisteredRule][] {
  return tables.flatMap((table) => Object.entries(table)).map(([target, rule]) => [target, { rule, widensHalf }]);
}

const RULES: ReadonlyMap<string, RegisteredRule> = new Map([
  ...registered(COMPUTING, true),
  ...registered(MOVING, false),
]);

/** What can be lowered to random numbers that are not PyTorch's. */
const RANDOM_RULES: ReadonlyMap<string, RegisteredRule> = new Map(registered([RANDOM], true));

export function findRule(target: string): RegisteredRule | undefined {
  const name = Object.hasOwn(SYNONYMS, target) ? SYNONYMS[target] : target;
  return RULES.get(name ?? target) ?? RANDOM_RULES.get(target);
}

/** The operators that can be lowered to what PyTorch computes, sorted. */
export function supportedTargets(): readonly string[] {
  const lowered = [...RULES.keys()].filter((target) => !target.startsWith("complex."));
  return [...new Set([...lowered, ...Object.keys(SYNONYMS), ...COMPLEX_TARGETS])].sort();
}
