import { RelayError } from "../../core/index.ts";
import { zeros } from "../functions.ts";
import { symmetric } from "../init.ts";
import { Module } from "../module.ts";
import type { ModuleTensor, Parameter } from "../parameter.ts";
import { shapeError } from "../shape-error.ts";
import type { SymbolicTensor } from "../symbolic-tensor.ts";
import { checkSizes } from "./sizes.ts";

export interface RecurrentOptions {
  readonly numLayers?: number;
  readonly bias?: boolean;
  /** Whether the input is `[rows, steps, features]` rather than `[steps, rows, features]`. */
  readonly batchFirst?: boolean;
  /** Between layers, in training. */
  readonly dropout?: number;
  readonly bidirectional?: boolean;
}

export interface RNNOptions extends RecurrentOptions {
  readonly nonlinearity?: "tanh" | "relu";
}

type Shape = readonly [name: string, shape: readonly number[]];

/** Names and shapes of the weights, in PyTorch's order. */
function* shapes(gates: number, inputSize: number, hiddenSize: number, options: RecurrentOptions): Iterable<Shape> {
  const { numLayers = 1, bias = true, bidirectional = false } = options;
  const suffixes = bidirectional ? ["", "_reverse"] : [""];
  const rows = gates * hiddenSize;
  for (let layer = 0; layer < numLayers; layer++) {
    const width = layer === 0 ? inputSize : hiddenSize * suffixes.length;
    for (const suffix of suffixes) {
      const place = `l${layer}${suffix}`;
      yield [`weight_ih_${place}`, [rows, width]];
      yield [`weight_hh_${place}`, [rows, hiddenSize]];
      if (!bias) continue;
      yield [`bias_ih_${place}`, [rows]];
      yield [`bias_hh_${place}`, [rows]];
    }
  }
}

/** Layers of a recurrent cell over sequences, with or without rows. */
abstract class Recurrent extends Module {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly options: Required<RecurrentOptions>;
  /** By the names of the state dict: `weight_ih_l0`. */
  readonly weights: ReadonlyMap<string, Parameter>;
  readonly target: string;

  constructor(target: string, gates: number, sizes: readonly [number, number], options: RecurrentOptions) {
    super();
    const [inputSize, hiddenSize] = sizes;
    const { numLayers = 1, bias = true, batchFirst = false, dropout = 0, bidirectional = false } = options;
    checkSizes({ inputSize, hiddenSize, numLayers });
    this.target = `aten.${target}.input`;
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.options = { numLayers, bias, batchFirst, dropout, bidirectional };
    const bound = 1 / Math.sqrt(hiddenSize);
    this.weights = new Map(
      [...shapes(gates, inputSize, hiddenSize, options)].map(([name, shape]) => [name, symmetric(shape, bound)]),
    );
  }

  override *ownTensors(): Iterable<readonly [name: string, tensor: ModuleTensor]> {
    yield* this.weights;
  }

  /** The output of every step, and the last states; initial states are zeros unless given. */
  protected run(input: SymbolicTensor, given: readonly (SymbolicTensor | undefined)[]): readonly SymbolicTensor[] {
    const isBatched = input.shape.length === 3;
    if (!isBatched && input.shape.length !== 2) {
      throw shapeError(this.constructor.name, input.shape, "2 axes, or 3 with the rows");
    }
    if (isBatched) return this.#layers(input, given);
    const rowAxis = this.options.batchFirst ? 0 : 1;
    const [output, ...states] = this.#layers(
      input.unsqueeze(rowAxis),
      given.map((state) => state?.unsqueeze(1)),
    );
    return [...(output ? [output.squeeze(rowAxis)] : []), ...states.map((state) => state.squeeze(1))];
  }

  #layers(input: SymbolicTensor, given: readonly (SymbolicTensor | undefined)[]): readonly SymbolicTensor[] {
    const { numLayers, bias, batchFirst, dropout, bidirectional } = this.options;
    const hx = given.map((state) => state ?? this.#zeros(input));
    const options = { has_biases: bias, num_layers: numLayers, dropout, train: this.training, bidirectional };
    const args = { input, params: [...this.weights.values()], ...options, batch_first: batchFirst };
    const [first = input] = hx;
    return input.calls({
      target: this.target,
      args: { ...args, hx: hx.length === 1 ? first : hx },
      module: this,
    });
  }

  #zeros(input: SymbolicTensor): SymbolicTensor {
    const { numLayers, batchFirst, bidirectional } = this.options;
    const rows = input.size(batchFirst ? 0 : 1);
    return zeros([numLayers * (bidirectional ? 2 : 1), rows, this.hiddenSize], { like: input, dtype: input.dtype });
  }
}

/** The output of every step and the last hidden state. */
export type RecurrentResult = readonly [output: SymbolicTensor, hidden: SymbolicTensor];

/** The output of every step, the last hidden state and the last cell state. */
export type LSTMResult = readonly [output: SymbolicTensor, hidden: SymbolicTensor, cell: SymbolicTensor];

/** Long short-term memory, as `torch.nn.LSTM`. */
export class LSTM extends Recurrent {
  constructor(inputSize: number, hiddenSize: number, options: RecurrentOptions = {}) {
    super("lstm", 4, [inputSize, hiddenSize], options);
  }

  /** States are `[layers and directions, rows, hiddenSize]`; both or neither are given. */
  override forward(input: SymbolicTensor, hidden?: SymbolicTensor, cell?: SymbolicTensor): LSTMResult {
    if ((hidden === undefined) !== (cell === undefined)) {
      throw new RelayError("OPTION_INVALID", { option: "cell", given: "one state alone", legal: "both or neither" });
    }
    return this.run(input, [hidden, cell]) as LSTMResult;
  }
}

/** Gated recurrent units, as `torch.nn.GRU`. */
export class GRU extends Recurrent {
  constructor(inputSize: number, hiddenSize: number, options: RecurrentOptions = {}) {
    super("gru", 3, [inputSize, hiddenSize], options);
  }

  override forward(input: SymbolicTensor, hidden?: SymbolicTensor): RecurrentResult {
    return this.run(input, [hidden]) as RecurrentResult;
  }
}

/** Elman's network, as `torch.nn.RNN`. */
export class RNN extends Recurrent {
  constructor(inputSize: number, hiddenSize: number, { nonlinearity = "tanh", ...options }: RNNOptions = {}) {
    super(`rnn_${nonlinearity}`, 1, [inputSize, hiddenSize], options);
  }

  override forward(input: SymbolicTensor, hidden?: SymbolicTensor): RecurrentResult {
    return this.run(input, [hidden]) as RecurrentResult;
  }
}
