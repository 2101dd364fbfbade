import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import { Formula } from "../formula.ts";
import type { Operand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { END, reshapeTo, slice } from "../shaping.ts";
import { logAddExp } from "./exponential.ts";

type Combine = (before: readonly Operand[], after: readonly Operand[]) => readonly Operand[];

/** Everything from the beginning up to each position combined, in as many steps as `size` has binary digits. */
function scan(
  emit: Emitter,
  inputs: readonly Operand[],
  axis: number,
  size: number,
  combine: Combine,
): readonly Operand[] {
  let current = inputs;
  for (let shift = 1; shift < size; shift *= 2) {
    const before = current.map((operand) => slice(emit, operand, axis, 0, -shift));
    const after = current.map((operand) => slice(emit, operand, axis, shift, END));
    const combined = combine(before, after);
    current = current.map((operand, i) => {
      const rest = combined[i];
      return rest ? emit.op("Concat", [slice(emit, operand, axis, 0, shift), rest], { axis }) : operand;
    });
  }
  return current;
}

/** The axis along which a call scans and its size; undefined for a 0-d tensor. */
function scannedAxis(call: Call): { axis: number; size: number } | undefined {
  const { shape } = call.tensor("self");
  if (shape.length === 0) return undefined;
  const axis = call.axis("dim", shape.length);
  return { axis, size: call.known(shape[axis], "the size along dim") };
}

function scanOne(combine: (f: Formula, before: Operand, after: Operand) => Operand): Rule {
  return (emit, call) => {
    const self = call.operand("self");
    const along = scannedAxis(call);
    if (!along) return self;
    const f = new Formula(emit);
    return scan(emit, [self], along.axis, along.size, ([before], [after]) =>
      before && after ? [combine(f, before, after)] : [],
    );
  };
}

/** The extremum so far and where it is: the last of equal ones, and NaN once there was one. */
function extremumSoFar(compare: "greaterOrEqual" | "lessOrEqual"): Rule {
  return (emit, call) => {
    const self = call.tensor("self");
    const along = scannedAxis(call);
    if (!along) return [self, emit.int64(0)];
    const f = new Formula(emit);
    const values = self.dtype === "bool" ? emit.cast(self, "uint8") : self;
    const line = self.shape.map((_, axis) => (axis === along.axis ? -1 : 1));
    const range = emit.op("Range", [emit.int64(0), emit.int64(along.size), emit.int64(1)]);
    const positions = emit.op("Expand", [reshapeTo(emit, range, line), emit.op("Shape", [self])]);
    return scan(emit, [values, positions], along.axis, along.size, ([before, i], [after, j]) => {
      if (!before || !after || !i || !j) return [];
      const isNext = f[compare](after, before);
      const takes = emit.isFloating(values) ? f.or(f.isNaN(after), f.and(f.not(f.isNaN(before)), isNext)) : isNext;
      return [f.where(takes, after, before), f.where(takes, j, i)];
    });
  };
}

export const SCAN: RuleTable = {
  "aten.cumprod.default": scanOne((f, before, after) => f.mul(before, after)),
  "aten.logcumsumexp.default": scanOne((f, before, after) => logAddExp(f, before, after)),
  "aten.cummax.default": extremumSoFar("greaterOrEqual"),
  "aten.cummin.default": extremumSoFar("lessOrEqual"),
};
