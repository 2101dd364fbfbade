import type { Attributes } from "../attributes.ts";
import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import type { OnnxOpName } from "../onnx-ops.ts";
import type { Operand, ShapedOperand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { reshapeTo, slice, squeeze, swapAxes, unsqueeze } from "../shaping.ts";
import { type Cell, gruCell, lstmCell, plainCell } from "./recurrent-cells.ts";
import { type DirectionParameters, type LayerResult, layerInSteps } from "./recurrent-steps.ts";

interface Family {
  readonly op: OnnxOpName;
  /** Which of PyTorch's gates stands at each place of ONNX's. */
  readonly gates: readonly number[];
  /** The names of the states: h, and c of an LSTM. */
  readonly states: number;
  readonly attributes: Attributes;
  readonly activation?: string;
  /** What a step computes, for layers that no kernel runs whole. */
  readonly cell: Cell;
}

/** PyTorch's gates are i, f, g, o and r, z, n; ONNX's are i, o, f, c and z, r, h. */
const LSTM: Family = { op: "LSTM", gates: [0, 3, 1, 2], states: 2, attributes: {}, cell: lstmCell };
const GRU: Family = { op: "GRU", gates: [1, 0, 2], states: 1, attributes: { linear_before_reset: 1 }, cell: gruCell };
const TANH = plain("Tanh");
const RELU = plain("Relu");

function plain(activation: "Tanh" | "Relu"): Family {
  return { op: "RNN", gates: [0], states: 1, attributes: {}, activation, cell: plainCell(activation) };
}

/** The rows of a weight in the order of ONNX's gates. */
function reordered(emit: Emitter, weight: Operand, { gates }: Family, hidden: number): Operand {
  if (gates.length === 1) return weight;
  const parts = gates.map((gate) => slice(emit, weight, 0, gate * hidden, (gate + 1) * hidden));
  return emit.op("Concat", parts, { axis: 0 });
}

/** One tensor for the directions, which come first. */
function stacked(emit: Emitter, parts: readonly Operand[]): Operand {
  const raised = parts.map((part) => unsqueeze(emit, part, 0));
  return raised.length === 1 && raised[0] ? raised[0] : emit.op("Concat", raised, { axis: 0 });
}

interface Layers {
  readonly family: Family;
  readonly parameters: readonly ShapedOperand[];
  readonly hasBiases: boolean;
  readonly directions: number;
  readonly hidden: number;
  /** Whether each step makes its output smaller. */
  readonly isProjected: boolean;
}

/** How many parameters a layer has in one direction. */
function parameterCount({ hasBiases, isProjected }: Pick<Layers, "hasBiases" | "isProjected">): number {
  return (hasBiases ? 4 : 2) + (isProjected ? 1 : 0);
}

/** The parameters of a layer in one direction: of the input, of the state, their biases, and the projection. */
function parametersOf(layers: Layers, layer: number, direction: number): readonly Operand[] {
  const { parameters, directions } = layers;
  const count = parameterCount(layers);
  const start = (layer * directions + direction) * count;
  return parameters.slice(start, start + count);
}

function layerInputs(emit: Emitter, layers: Layers, layer: number): readonly (Operand | undefined)[] {
  const { family, directions, hidden, hasBiases } = layers;
  const all = Array.from({ length: directions }, (_, direction) =>
    parametersOf(layers, layer, direction).map((part) => reordered(emit, part, family, hidden)),
  );
  const part = (index: number) =>
    stacked(
      emit,
      all.map((parts) => parts[index] as Operand),
    );
  if (!hasBiases) return [part(0), part(1), undefined];
  const biases = all.map((parts) => emit.op("Concat", [parts[2], parts[3]], { axis: 0 }));
  return [part(0), part(1), stacked(emit, biases)];
}

function attributesOf({ family, directions, hidden }: Layers): Attributes {
  const { activation } = family;
  return {
    ...family.attributes,
    hidden_size: hidden,
    direction: directions === 2 ? "bidirectional" : "forward",
    ...(activation !== undefined && { activations: Array<string>(directions).fill(activation) }),
  };
}

function directionParameters(layers: Layers, layer: number, direction: number): DirectionParameters {
  const all = parametersOf(layers, layer, direction);
  const [inputWeight, stateWeight] = all as [Operand, Operand];
  const [inputBias, stateBias] = layers.hasBiases ? all.slice(2) : [];
  return { inputWeight, stateWeight, inputBias, stateBias, projection: layers.isProjected ? all.at(-1) : undefined };
}

/** Runs one layer over `input`, which has time first, and gives its output and its last states. */
function runLayer(
  emit: Emitter,
  layers: Layers,
  layer: number,
  input: Operand,
  states: readonly Operand[],
): LayerResult {
  const { family, directions } = layers;
  const initial = states.map((state) => slice(emit, state, 0, layer * directions, (layer + 1) * directions));
  if (layers.isProjected || input.dtype === "float64") {
    const each = Array.from({ length: directions }, (_, direction) => directionParameters(layers, layer, direction));
    return layerInSteps(emit, family.cell, each, input, initial);
  }
  const inputs = [input, ...layerInputs(emit, layers, layer), undefined, ...initial];
  const [output, ...last] = emit.ops(family.op, inputs, attributesOf(layers), 1 + family.states);
  const joined = reshapeTo(emit, emit.transpose(output as Operand, [0, 2, 1, 3]), [0, 0, -1]);
  return { output: joined, last };
}

function layersOf(call: Call, family: Family): Layers {
  const parameters = call.tensors("params");
  const hasBiases = call.boolean("has_biases");
  const directions = call.boolean("bidirectional") ? 2 : 1;
  const perDirection = parameters.length / (call.number("num_layers") * directions);
  const isProjected = perDirection === parameterCount({ hasBiases, isProjected: true });
  if (perDirection !== parameterCount({ hasBiases, isProjected }))
    call.refuse(`it has ${parameters.length} parameters`);
  const hidden = call.known(parameters[1]?.shape[1], "the size of its state");
  return { family, parameters, hasBiases, directions, hidden, isProjected };
}

function refuseDropout(call: Call): void {
  if (call.boolean("train") && call.number("dropout") > 0) call.refuse("it drops values at random: call model.eval()");
}

function statesOf(call: Call, { states }: Family): readonly ShapedOperand[] {
  return states === 1 ? [call.tensor("hx")] : call.tensors("hx");
}

/** Layers over whole sequences. A sequence without a batch is a batch of one. */
function sequences(family: Family): Rule {
  return (emit, call) => {
    refuseDropout(call);
    const layers = layersOf(call, family);
    const given = call.tensor("input");
    const isBatched = given.shape.length === 3;
    const isBatchFirst = isBatched && call.boolean("batch_first");
    const add = (operand: Operand) => (isBatched ? operand : unsqueeze(emit, operand, 1));
    const drop = (operand: Operand) => (isBatched ? operand : squeeze(emit, operand, 1));
    const states = statesOf(call, family).map(add);
    let output = isBatchFirst ? swapAxes(emit, given, 3, 0, 1) : add(given);
    const last: (readonly Operand[])[] = [];
    for (let layer = 0; layer < call.number("num_layers"); layer++) {
      const result = runLayer(emit, layers, layer, output, states);
      output = result.output;
      last.push(result.last);
    }
    const final = states.map((_, i) =>
      drop(
        concatenated(
          emit,
          last.map((each) => each[i] as Operand),
        ),
      ),
    );
    return [isBatchFirst ? swapAxes(emit, output, 3, 0, 1) : drop(output), ...final];
  };
}

function concatenated(emit: Emitter, parts: readonly Operand[]): Operand {
  return parts.length === 1 && parts[0] ? parts[0] : emit.op("Concat", parts, { axis: 0 });
}

/** What a step computes before its gates: `x · Wᵀ + b`. */
function affine(emit: Emitter, call: Call, input: Operand, weight: string, bias: string): Operand {
  const product = emit.op("MatMul", [input, emit.transpose(call.tensor(weight), [1, 0])]);
  const added = call.optionalTensor(bias);
  return added ? emit.op("Add", [product, added]) : product;
}

/** A single step. */
function step(family: Family): Rule {
  return (emit, call) => {
    const given = affine(emit, call, call.tensor("input"), "w_ih", "b_ih");
    const held = statesOf(call, family);
    return family.cell(emit, given, affine(emit, call, held[0] as ShapedOperand, "w_hh", "b_hh"), held);
  };
}

/** Recurrent layers over sequences, and single steps of them. */
export const RECURRENT: RuleTable = {
  "aten.lstm.input": sequences(LSTM),
  "aten.gru.input": sequences(GRU),
  "aten.rnn_tanh.input": sequences(TANH),
  "aten.rnn_relu.input": sequences(RELU),
  "aten.lstm_cell.default": step(LSTM),
  "aten.gru_cell.default": step(GRU),
  "aten.rnn_tanh_cell.default": step(TANH),
  "aten.rnn_relu_cell.default": step(RELU),
};
