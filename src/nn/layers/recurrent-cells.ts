import { zeros } from "../functions.ts";
import { symmetric } from "../init.ts";
import { Module } from "../module.ts";
import type { Parameter } from "../parameter.ts";
import type { SymbolicTensor } from "../symbolic-tensor.ts";
import type { LinearOptions } from "./linear.ts";
import type { RNNOptions } from "./recurrent.ts";
import { checkSizes } from "./sizes.ts";

/** One step of a recurrent network on `[rows, inputSize]`. Fields are named as in the state dict. */
abstract class RecurrentCell extends Module {
  readonly hiddenSize: number;
  readonly target: string;
  readonly weight_ih: Parameter;
  readonly weight_hh: Parameter;
  readonly bias_ih: Parameter | null;
  readonly bias_hh: Parameter | null;

  constructor(target: string, gates: number, sizes: readonly [number, number], { bias = true }: LinearOptions) {
    super();
    const [inputSize, hiddenSize] = sizes;
    checkSizes({ inputSize, hiddenSize });
    const [rows, bound] = [gates * hiddenSize, 1 / Math.sqrt(hiddenSize)];
    this.target = `aten.${target}.default`;
    this.hiddenSize = hiddenSize;
    this.weight_ih = symmetric([rows, inputSize], bound);
    this.weight_hh = symmetric([rows, hiddenSize], bound);
    this.bias_ih = bias ? symmetric([rows], bound) : null;
    this.bias_hh = bias ? symmetric([rows], bound) : null;
  }

  protected state(input: SymbolicTensor): SymbolicTensor {
    return zeros([input.size(0), this.hiddenSize], { like: input, dtype: input.dtype });
  }

  protected step(input: SymbolicTensor, hx: SymbolicTensor | readonly SymbolicTensor[]): readonly SymbolicTensor[] {
    const { target, weight_ih: w_ih, weight_hh: w_hh, bias_ih: b_ih, bias_hh: b_hh } = this;
    return input.calls({ target, args: { input, hx, w_ih, w_hh, b_ih, b_hh }, module: this });
  }
}

abstract class SingleStateCell extends RecurrentCell {
  /** Gives the next hidden state; the one before is zeros unless given. */
  override forward(input: SymbolicTensor, hidden: SymbolicTensor = this.state(input)): SymbolicTensor {
    return this.step(input, hidden)[0] as SymbolicTensor;
  }
}

/** As `torch.nn.RNNCell`. */
export class RNNCell extends SingleStateCell {
  constructor(
    inputSize: number,
    hiddenSize: number,
    { nonlinearity = "tanh", ...options }: LinearOptions & Pick<RNNOptions, "nonlinearity"> = {},
  ) {
    super(`rnn_${nonlinearity}_cell`, 1, [inputSize, hiddenSize], options);
  }
}

/** As `torch.nn.GRUCell`. */
export class GRUCell extends SingleStateCell {
  constructor(inputSize: number, hiddenSize: number, options: LinearOptions = {}) {
    super("gru_cell", 3, [inputSize, hiddenSize], options);
  }
}

/** As `torch.nn.LSTMCell`. */
export class LSTMCell extends RecurrentCell {
  constructor(inputSize: number, hiddenSize: number, options: LinearOptions = {}) {
    super("lstm_cell", 4, [inputSize, hiddenSize], options);
  }

  /** Gives the next hidden and cell state; those before are zeros unless given. */
  override forward(
    input: SymbolicTensor,
    hidden: SymbolicTensor = this.state(input),
    cell: SymbolicTensor = this.state(input),
  ): readonly [hidden: SymbolicTensor, cell: SymbolicTensor] {
    return this.step(input, [hidden, cell]) as unknown as readonly [SymbolicTensor, SymbolicTensor];
  }
}
