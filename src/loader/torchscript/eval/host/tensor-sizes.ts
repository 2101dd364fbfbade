import type { Session } from "../session.ts";
import { ScalarValue, type TensorValue } from "../values.ts";

/** The size of an axis: a number, or one that the graph computes. */
export function sizeOf(session: Session, tensor: TensorValue, axis: number): bigint | ScalarValue {
  const dim = tensor.type.shape[axis] ?? 0;
  if (typeof dim === "number") return BigInt(dim);
  const known = session.scope.knownScalar(dim);
  if (known) return new ScalarValue(known);
  const size = session.emitScalar("aten.sym_size.int", { self: tensor, dim: BigInt(axis) });
  if (size instanceof ScalarValue) session.scope.rememberScalar(dim, size.value);
  return size;
}
