import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import type { OnnxOpName } from "../onnx-ops.ts";
import type { Operand, ShapedOperand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { squeeze, unsqueeze } from "../shaping.ts";

/** A recurrent operator: how PyTorch's gates, by number, follow each other in ONNX. */
interface Cell {
  readonly op: Extract<OnnxOpName, "GRU" | "LSTM" | "RNN">;
  readonly gates: readonly number[];
  readonly attributes?: Readonly<Record<string, number>>;
  /** Of one direction, where it is not the operator's own. */
  readonly activation?: string;
}

/** input, forget, cell, output; ONNX wants input, output, forget, cell. */
const LSTM: Cell = { op: "LSTM", gates: [0, 3, 1, 2] };
/** reset, update, new; ONNX wants update, reset, new. */
const GRU: Cell = { op: "GRU", gates: [1, 0, 2], attributes: { linear_before_reset: 1 } };
const TANH: Cell = { op: "RNN", gates: [0], activation: "Tanh" };
const RELU: Cell = { op: "RNN", gates: [0], activation: "Relu" };

/** The weights of one direction of one layer. */
interface Weights {
  readonly input: ShapedOperand;
  readonly hidden: ShapedOperand;
  readonly biases: readonly ShapedOperand[];
}

interface Layer {
  readonly cell: Cell;
  readonly directions: readonly Weights[];
  /** Hidden and, for LSTM, cell state of each direction. */
  readonly states: readonly Operand[];
}

function hiddenSize(call: Call, { hidden }: Weights): number {
  return call.known(hidden.shape[1], "the size of the hidden state");
}

/** Brings the gates into the order of ONNX; the runtime folds this when it loads the model. */
function ordered(emit: Emitter, weight: Operand, gates: readonly number[], size: number): Operand {
  if (gates.every((gate, i) => gate === i)) return weight;
  const rows = gates.flatMap((gate) => Array.from({ length: size }, (_, i) => gate * size + i));
  return emit.op("Gather", [weight, emit.constant("int64", rows)], { axis: 0 });
}

function stacked(emit: Emitter, operands: readonly Operand[]): Operand {
  const rows = operands.map((operand) => unsqueeze(emit, operand, 0));
  return rows.length === 1 && rows[0] ? rows[0] : emit.op("Concat", rows, { axis: 0 });
}

/** Runs one layer over `[steps, batch, features]` and gives the output and the last states. */
function runLayer(emit: Emitter, call: Call, input: Operand, { cell, directions, states }: Layer): readonly Operand[] {
  const [first] = directions;
  if (!first) return call.refuse("it has no weights");
  const size = hiddenSize(call, first);
  const arranged = (weight: Operand): Operand => ordered(emit, weight, cell.gates, size);
  const weights = stacked(
    emit,
    directions.map(({ input: weight }) => arranged(weight)),
  );
  const recurrence = stacked(
    emit,
    directions.map(({ hidden }) => arranged(hidden)),
  );
  const biases = directions.map(({ biases: each }) => each.map(arranged));
  const bias = biases.every((each) => each.length === 2)
    ? stacked(
        emit,
        biases.map((each) => emit.op("Concat", each, { axis: 0 })),
      )
    : undefined;
  const count = directions.length;
  const attributes = {
    hidden_size: size,
    direction: count === 2 ? "bidirectional" : "forward",
    ...cell.attributes,
    ...(cell.activation && { activations: Array<string>(count).fill(cell.activation) }),
  };
  const operands = [input, weights, recurrence, bias, undefined, ...states];
  const [output, ...last] = emit.ops(cell.op, operands, attributes, 1 + states.length);
  if (!output) return call.refuse("it has no result");
  const features = emit.transpose(output, [0, 2, 1, 3]);
  return [emit.op("Reshape", [features, emit.int64s([0, 0, count * size])], { allowzero: 0 }), ...last];
}

/** The weights, direction by direction of each layer. */
function weightsOf(call: Call, layers: number): readonly (readonly Weights[])[] {
  const all = call.tensors("params");
  const count = call.boolean("bidirectional") ? 2 : 1;
  const each = call.boolean("has_biases") ? 4 : 2;
  if (all.length !== layers * count * each) return call.refuse("its hidden state is projected (proj_size)");
  return Array.from({ length: layers }, (_, layer) =>
    Array.from({ length: count }, (__, direction): Weights => {
      const [input, hidden, ...biases] = all.slice((layer * count + direction) * each);
      if (!input || !hidden) return call.refuse("it lacks weights");
      return { input, hidden, biases: biases.slice(0, each - 2) };
    }),
  );
}

/** The directions of one layer out of a state of all. */
function stateOf(emit: Emitter, state: Operand, layer: number, count: number, layers: number): Operand {
  if (layers === 1) return state;
  const [from, to] = [emit.int64s([layer * count]), emit.int64s([(layer + 1) * count])];
  return emit.op("Slice", [state, from, to, emit.int64s([0])]);
}

function joined(emit: Emitter, parts: readonly Operand[]): Operand {
  return parts.length === 1 && parts[0] ? parts[0] : emit.op("Concat", parts, { axis: 0 });
}

function run(emit: Emitter, call: Call, cell: Cell, initial: readonly Operand[]): readonly Operand[] {
  const layers = call.number("num_layers");
  if (call.boolean("train") && call.number("dropout") > 0 && layers > 1) {
    return call.refuse("it drops elements at random; export after model.eval()");
  }
  const weights = weightsOf(call, layers);
  const isBatchFirst = call.boolean("batch_first");
  const swapped = (operand: Operand): Operand => (isBatchFirst ? emit.transpose(operand, [1, 0, 2]) : operand);
  let output = swapped(call.tensor("input"));
  const last = initial.map((): Operand[] => []);
  for (const [layer, directions] of weights.entries()) {
    const states = initial.map((state) => stateOf(emit, state, layer, directions.length, layers));
    const [next, ...ends] = runLayer(emit, call, output, { cell, directions, states });
    if (!next) return call.refuse("it has no result");
    output = next;
    for (const [i, end] of ends.entries()) last[i]?.push(end);
  }
  return [swapped(output), ...last.map((parts) => joined(emit, parts))];
}

function recurrent(cell: Cell): Rule {
  return (emit, call) => run(emit, call, cell, call.tensors("hx"));
}

/** One step: the operands of a cell, as a sequence of one. */
function step(cell: Cell): Rule {
  return (emit, call) => {
    const states = call.tensors("hx");
    const biases = [call.optionalTensor("b_ih"), call.optionalTensor("b_hh")].filter((bias) => bias !== undefined);
    const directions = [{ input: call.tensor("w_ih"), hidden: call.tensor("w_hh"), biases }];
    const layer = { cell, directions, states: states.map((state) => unsqueeze(emit, state, 0)) };
    const [, ...ends] = runLayer(emit, call, unsqueeze(emit, call.tensor("input"), 0), layer);
    return ends.map((end) => squeeze(emit, end, 0));
  };
}

export const RECURRENT: RuleTable = {
  "aten.lstm.input": recurrent(LSTM),
  "aten.gru.input": recurrent(GRU),
  "aten.rnn_tanh.input": recurrent(TANH),
  "aten.rnn_relu.input": recurrent(RELU),
  "aten.lstm_cell.default": step(LSTM),
  "aten.gru_cell.default": step(GRU),
  "aten.rnn_tanh_cell.default": step(TANH),
  "aten.rnn_relu_cell.default": step(RELU),
};
