import type { ValueType } from "../types.ts";
import type { InferCall } from "./infer-call.ts";

/** One result, or all results in the order of the schema. */
export type Inferred = ValueType | readonly (ValueType | null)[];

/** The types of the results of a call. */
export type InferRule = (call: InferCall) => Inferred;

/** By the name of an ATen operator with overload (`max.dim`) where overloads differ, else by its name. */
export type InferRules = Readonly<Record<string, InferRule>>;
