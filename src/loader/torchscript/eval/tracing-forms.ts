import type { FunctionDefinition } from "../syntax/ast.ts";

/** The functions of torchvision that ask whether they are traced, and then grow a tensor where they else grow a list. */
const WITH_TRACING_FORM: ReadonlyMap<string, RegExp> = new Map([
  ["paste_masks_in_image", /^code\/__torch__\/torchvision\/models\/detection\/roi_heads\b/],
]);

/**
 * Whether a function that asks if it is traced is told so: a list that grows in a loop on data has no form in the graph, and
 * the other form of these functions gives the same.
 */
export function isToldTracing(asked: FunctionDefinition, asking: FunctionDefinition | undefined): boolean {
  if (asked.name !== "_is_tracing" || !asking) return false;
  return WITH_TRACING_FORM.get(asking.name)?.test(asking.file) ?? false;
}
