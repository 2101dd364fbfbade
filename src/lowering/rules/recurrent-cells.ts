import type { Emitter } from "../emitter.ts";
import type { OnnxOpName } from "../onnx-ops.ts";
import type { Operand } from "../operand.ts";

/**
 * One step of a recurrent layer: its states after it, the output first.
 * @param given what the input gives before the gates, which lie beside each other on the last axis
 * @param held what the state gives
 */
export type Cell = (emit: Emitter, given: Operand, held: Operand, states: readonly Operand[]) => readonly Operand[];

function gatesOf(emit: Emitter, joined: Operand, count: number): readonly Operand[] {
  return emit.ops("Split", [joined], { axis: -1, num_outputs: count }, count);
}

export const lstmCell: Cell = (emit, given, held, [, cell]) => {
  const gates = gatesOf(emit, emit.op("Add", [given, held]), 4);
  const [input, forget, content, output] = gates as [Operand, Operand, Operand, Operand];
  const kept = emit.op("Mul", [emit.op("Sigmoid", [forget]), cell]);
  const added = emit.op("Mul", [emit.op("Sigmoid", [input]), emit.op("Tanh", [content])]);
  const next = emit.op("Add", [kept, added]);
  return [emit.op("Mul", [emit.op("Sigmoid", [output]), emit.op("Tanh", [next])]), next];
};

export const gruCell: Cell = (emit, given, held, [hidden]) => {
  const [a, b] = [gatesOf(emit, given, 3), gatesOf(emit, held, 3)];
  const reset = emit.op("Sigmoid", [emit.op("Add", [a[0], b[0]])]);
  const update = emit.op("Sigmoid", [emit.op("Add", [a[1], b[1]])]);
  const fresh = emit.op("Tanh", [emit.op("Add", [a[2], emit.op("Mul", [reset, b[2]])])]);
  return [emit.op("Add", [fresh, emit.op("Mul", [update, emit.op("Sub", [hidden, fresh])])])];
};

export function plainCell(activation: OnnxOpName): Cell {
  return (emit, given, held) => [emit.op(activation, [emit.op("Add", [given, held])])];
}
