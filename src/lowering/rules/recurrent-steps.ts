import { required } from "../../util/index.ts";
import type { Emitter } from "../emitter.ts";
import type { Operand } from "../operand.ts";
import { slice, squeeze, unsqueeze } from "../shaping.ts";
import type { Cell } from "./recurrent-cells.ts";

/** The parameters of a layer in one direction, as PyTorch keeps them. */
export interface DirectionParameters {
  readonly inputWeight: Operand;
  readonly stateWeight: Operand;
  readonly inputBias: Operand | undefined;
  readonly stateBias: Operand | undefined;
  /** Makes the output of a step, and so its first state, smaller. */
  readonly projection: Operand | undefined;
}

/** A layer's output, time first and its directions beside each other on the last axis, and its last states. */
export interface LayerResult {
  readonly output: Operand;
  readonly last: readonly Operand[];
}

function affine(emit: Emitter, input: Operand, transposed: Operand, bias: Operand | undefined): Operand {
  const product = emit.op("MatMul", [input, transposed]);
  return bias ? emit.op("Add", [product, bias]) : product;
}

function transposed(emit: Emitter, weight: Operand): Operand {
  return emit.transpose(weight, [1, 0]);
}

interface Direction {
  readonly cell: Cell;
  readonly parameters: DirectionParameters;
  readonly isReversed: boolean;
}

/** The last states of a direction, and after them its outputs at all times. */
function runDirection(
  emit: Emitter,
  { cell, parameters, isReversed }: Direction,
  input: Operand,
  initial: readonly Operand[],
): readonly Operand[] {
  const { inputWeight, stateWeight, inputBias, stateBias, projection } = parameters;
  const given = affine(emit, input, transposed(emit, inputWeight), inputBias);
  const [ofState, ofOutput] = [transposed(emit, stateWeight), projection && transposed(emit, projection)];
  const round = emit.round();
  const states = initial.map(({ dtype }) => round.input("state", { dtype }));
  const now = round.input("given", { dtype: given.dtype });
  const held = affine(round, required(states[0], "a layer has a state"), ofState, stateBias);
  const [output, ...others] = cell(round, now, held, states);
  const smaller = ofOutput ? round.op("MatMul", [output, ofOutput]) : output;
  const results = [smaller, ...others, smaller].map((result) => required(result, "a step has a result"));
  const way = isReversed ? 1 : 0;
  return emit.run("Scan", [...initial, given], {
    bodies: { body: round.close(results) },
    attributes: { num_scan_inputs: 1, scan_input_directions: [way], scan_output_directions: [way] },
    dtypes: results.map(({ dtype }) => dtype),
  });
}

function joined(emit: Emitter, parts: readonly Operand[], axis: number): Operand {
  return parts.length === 1 && parts[0] ? parts[0] : emit.op("Concat", parts, { axis });
}

/** Runs a layer step by step where no kernel runs it whole; `initial` states have the directions first. */
export function layerInSteps(
  emit: Emitter,
  cell: Cell,
  directions: readonly DirectionParameters[],
  input: Operand,
  initial: readonly Operand[],
): LayerResult {
  const results = directions.map((parameters, i) => {
    const states = initial.map((state) => squeeze(emit, slice(emit, state, 0, i, i + 1), 0));
    return runDirection(emit, { cell, parameters, isReversed: i === 1 }, input, states);
  });
  const nth = (index: number) => results.map((result) => required(result[index], "a direction's result"));
  const last = initial.map((_, i) => {
    const raised = nth(i).map((state) => unsqueeze(emit, state, 0));
    return joined(emit, raised, 0);
  });
  return { output: joined(emit, nth(initial.length), -1), last };
}
