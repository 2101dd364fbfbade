import type { Rule, RuleTable } from "./rule.ts";
import { ACTIVATION } from "./rules/activation.ts";
import { ARITHMETIC } from "./rules/arithmetic.ts";
import { ATTENTION } from "./rules/attention.ts";
import { COMPARISON } from "./rules/comparison.ts";
import { CONVERSION } from "./rules/conversion.ts";
import { CONVOLUTION } from "./rules/convolution.ts";
import { CREATION } from "./rules/creation.ts";
import { DIVISION } from "./rules/division.ts";
import { ELEMENTWISE } from "./rules/elementwise.ts";
import { INDEXING } from "./rules/indexing.ts";
import { LAYOUT } from "./rules/layout.ts";
import { LINEAR_ALGEBRA } from "./rules/linear-algebra.ts";
import { NORM } from "./rules/norm.ts";
import { NORMALIZATION } from "./rules/normalization.ts";
import { ORDERING } from "./rules/ordering.ts";
import { PADDING } from "./rules/padding.ts";
import { PIECES } from "./rules/pieces.ts";
import { POOLING } from "./rules/pooling.ts";
import { POWER } from "./rules/power.ts";
import { REARRANGEMENT } from "./rules/rearrangement.ts";
import { REDUCTION } from "./rules/reduction.ts";
import { RESIZE } from "./rules/resize.ts";
import { SCATTERING } from "./rules/scattering.ts";
import { SELECTION } from "./rules/selection.ts";
import { SYMBOLIC } from "./rules/symbolic.ts";

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
  DIVISION,
  ELEMENTWISE,
  LINEAR_ALGEBRA,
  NORM,
  NORMALIZATION,
  ORDERING,
  POOLING,
  POWER,
  REDUCTION,
  RESIZE,
  SELECTION,
];

/** Families that only move elements, or make them. */
const MOVING: readonly RuleTable[] = [
  CONVERSION,
  CREATION,
  INDEXING,
  LAYOUT,
  PADDING,
  PIECES,
  REARRANGEMENT,
  SCATTERING,
  SYMBOLIC,
];

/** Operators that PyTorch has under several names, by the name that the rules have. */
const SYNONYMS: Readonly<Record<string, readonly string[]>> = {
  abs: ["absolute"],
  acos: ["arccos"],
  acosh: ["arccosh"],
  asin: ["arcsin"],
  asinh: ["arcsinh"],
  atan: ["arctan"],
  atanh: ["arctanh"],
  cat: ["concat", "concatenate"],
  chunk: ["unsafe_chunk"],
  clamp: ["clip"],
  div: ["divide", "true_divide"],
  erf: ["special_erf"],
  exp2: ["special_exp2"],
  expm1: ["special_expm1"],
  ge: ["greater_equal"],
  gt: ["greater"],
  le: ["less_equal"],
  log1p: ["special_log1p"],
  logit: ["special_logit"],
  logsumexp: ["special_logsumexp"],
  lt: ["less"],
  matmul: ["linalg_matmul"],
  movedim: ["moveaxis"],
  mul: ["multiply"],
  ne: ["not_equal"],
  neg: ["negative"],
  outer: ["ger"],
  sigmoid: ["special_expit"],
  split: ["unsafe_split"],
  split_with_sizes: ["unsafe_split_with_sizes"],
  sub: ["subtract"],
  trunc: ["fix"],
};

function synonymsOf(target: string): readonly string[] {
  const [namespace, operator, overload] = target.split(".");
  const names = namespace === "aten" ? SYNONYMS[operator ?? ""] : undefined;
  return (names ?? []).map((name) => `aten.${name}.${overload}`);
}

function registered(tables: readonly RuleTable[], widensHalf: boolean): readonly [string, RegisteredRule][] {
  const entries = tables.flatMap((table) => Object.entries(table));
  return entries.flatMap(([target, rule]) =>
    [target, ...synonymsOf(target)].map((name): [string, RegisteredRule] => [name, { rule, widensHalf }]),
  );
}

const RULES: ReadonlyMap<string, RegisteredRule> = new Map([
  ...registered(COMPUTING, true),
  ...registered(MOVING, false),
]);

export function findRule(target: string): RegisteredRule | undefined {
  return RULES.get(target);
}

/** The operators that can be lowered, sorted. */
export function supportedTargets(): readonly string[] {
  return [...RULES.keys()].sort();
}
