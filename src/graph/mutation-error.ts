import { RelayError } from "../core/index.ts";
import type { Node } from "./types.ts";

/** `aten.add_.Tensor in layer1.0 (model.py:12)` */
export function describeNode({ target, origin }: Node): string {
  const path = origin?.modulePath ? ` in ${origin.modulePath}` : "";
  return `${target}${path}${origin?.source ? ` (${origin.source})` : ""}`;
}

/** The refusal to guess what an in-place operator does to the values around it. */
export function mutationError(node: Node, reason: string, hint: string): RelayError<"MUTATION_UNSUPPORTED"> {
  return new RelayError("MUTATION_UNSUPPORTED", { node: describeNode(node), reason, hint });
}
