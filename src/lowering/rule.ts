import type { Call } from "./call.ts";
import type { Emitter } from "./emitter.ts";
import type { Operand } from "./operand.ts";

/**
 * Emits what computes a call: its result, or all of them in the order of the operator's schema (none for undefined).
 * The caller converts results to the dtypes that PyTorch recorded. @throws Refusal
 */
export type Rule = (emit: Emitter, call: Call) => Operand | readonly (Operand | undefined)[];

/** Rules by target, such as `aten.relu.default`. */
export type RuleTable = Readonly<Record<string, Rule>>;
