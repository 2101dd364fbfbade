import { type Dim, formatShape } from "../../core/index.ts";
import { sameDim } from "./dim-math.ts";
import type { InferCall } from "./infer-call.ts";

type Shape = readonly Dim[];

/** The common size; of two symbols that may differ the first, which the call is told. */
function commonDim(call: InferCall, a: Dim, b: Dim): Dim | undefined {
  if (a === 1) return b;
  if (b === 1 || sameDim(a, b)) return a;
  if (typeof a === "number" && typeof b === "number") return undefined;
  if (typeof a === "number") return a;
  if (typeof b === "number") return b;
  call.assumeEqual(a, b);
  return a;
}

function broadcastTwo(call: InferCall, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const dim = commonDim(call, a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1);
    return dim ?? call.refuse(a, `what can be broadcast with ${formatShape(b)}`);
  });
}

/** The shape of a result that is computed element by element. @throws RelayError INPUT_SHAPE */
export function broadcast(call: InferCall, shapes: readonly Shape[]): Shape {
  return shapes.reduce((a, b) => broadcastTwo(call, a, b), []);
}

/** Requires that a size is what the operator needs. @throws RelayError INPUT_SHAPE */
export function requireSame(call: InferCall, a: Dim, b: Dim, given: Shape, legal: string): Dim {
  if (sameDim(a, b)) return a;
  if (typeof a === "number" && typeof b === "number") return call.refuse(given, legal);
  call.assumeEqual(a, b);
  return typeof b === "number" ? b : a;
}
