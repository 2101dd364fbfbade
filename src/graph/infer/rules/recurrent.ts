import type { Dim } from "../../../core/index.ts";
import type { TensorType } from "../../types.ts";
import { times } from "../dim-math.ts";
import type { InferCall } from "../infer-call.ts";
import type { InferRule, InferRules } from "../infer-rule.ts";
import { fresh, tensor } from "../tensor.ts";
import { named } from "./pointwise.ts";

/** What is computed for every step: the hidden sizes of all directions. */
function steps(call: InferCall, input: TensorType, state: TensorType): TensorType {
  const width = times(state.shape.at(-1) ?? 1, call.boolean("bidirectional") ? 2 : 1);
  return tensor(input.dtype, [...input.shape.slice(0, -1), width]);
}

function requireSteps(call: InferCall, { shape }: TensorType, rank: number): void {
  if (shape.length !== rank) call.refuse(shape, `a tensor of ${rank} axes`);
}

const states = (call: InferCall): readonly TensorType[] =>
  call.tensors("hx").map(({ dtype, shape }) => tensor(dtype, shape));

const layers: InferRule = (call) => {
  const input = call.tensor("input");
  requireSteps(call, input, 3);
  const final = states(call);
  const [state = input] = final;
  return [steps(call, input, state), ...final];
};

const packedLayers: InferRule = (call) => {
  const data = call.tensor("data");
  requireSteps(call, data, 2);
  const final = states(call);
  const [state = data] = final;
  return [steps(call, data, state), ...final];
};

const cell: InferRule = (call) => states(call);

/** The rows of all sequences that still run, step by step, and how many run at each step. */
const packed: InferRule = (call) => {
  const { dtype, shape } = call.tensor("input");
  return [fresh(dtype, [call.symbol("packed"), ...shape.slice(2)]), fresh("int64", [call.symbol("steps")])];
};

/** Sequences that end before the longest are filled up. */
const unpacked: InferRule = (call) => {
  const { dtype, shape } = call.tensor("data");
  const [length] = call.tensor("batch_sizes").shape;
  const total = call.int("total_length");
  const rows: Dim = call.symbol("batch");
  const span = total > 0 ? total : (length ?? 1);
  const lead = call.boolean("batch_first") ? [rows, span] : [span, rows];
  return [tensor(dtype, [...lead, ...shape.slice(1)]), fresh("int64", [rows])];
};

export const RECURRENT: InferRules = {
  ...named(layers, "lstm.input gru.input rnn_tanh.input rnn_relu.input"),
  ...named(packedLayers, "lstm.data gru.data rnn_tanh.data rnn_relu.data"),
  ...named(cell, "lstm_cell gru_cell rnn_tanh_cell rnn_relu_cell"),
  _pack_padded_sequence: packed,
  _pad_packed_sequence: unpacked,
};
