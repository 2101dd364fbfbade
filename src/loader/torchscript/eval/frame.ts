import type { FunctionDefinition } from "../syntax/ast.ts";
import type { EvalValue } from "./values.ts";

/** A function at work. */
export interface Frame {
  readonly definition: FunctionDefinition;
  variables: Map<string, EvalValue>;
  /** Functions that are defined inside it. */
  readonly functions: Map<string, FunctionDefinition>;
}
