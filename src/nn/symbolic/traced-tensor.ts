import type { Dim, DType, Tensor } from "../../core/index.ts";
import type { TensorType, Value } from "../../graph/index.ts";
import { assert } from "../../util/index.ts";
import type { Buffer, Parameter } from "../parameter.ts";
import type { SymbolicTensor } from "../symbolic-tensor.ts";
import type { TracedCall, Tracer } from "../tracer.ts";

/** What stands beside a symbolic tensor: another one, a weight, a tensor that is a constant of the model, or a number. */
export type Operand = SymbolicTensor | Parameter | Buffer | Tensor | Dim;

/** What every method of symbolic tensors is made of. */
export abstract class TracedTensor {
  readonly value: Value;
  readonly #tracer: Tracer;

  constructor(tracer: Tracer, value: Value) {
    this.#tracer = tracer;
    this.value = value;
  }

  get type(): TensorType {
    const { type } = this.value;
    assert(type.kind === "tensor", "a symbolic tensor is a tensor");
    return type;
  }

  get shape(): readonly Dim[] {
    return this.type.shape;
  }

  get dtype(): DType {
    return this.type.dtype;
  }

  /** Puts any operator of one result into the graph: `{ target: "aten.relu.default", args: { self } }`. */
  call(call: TracedCall): SymbolicTensor {
    return this.#tracer.call(call);
  }

  /** Puts any operator into the graph and gives its results that are tensors. */
  calls(call: TracedCall): readonly SymbolicTensor[] {
    return this.#tracer.calls(call);
  }

  /** A weight, or a tensor that becomes a constant of the model, with the methods of symbolic tensors. */
  lift(held: Parameter | Buffer | Tensor): SymbolicTensor {
    return this.#tracer.tensor(held);
  }

  protected op(target: string, args: TracedCall["args"] = {}): SymbolicTensor {
    return this.call({ target: `aten.${target}`, args: { self: this, ...args } });
  }

  protected ops(target: string, args: TracedCall["args"] = {}): readonly SymbolicTensor[] {
    return this.calls({ target: `aten.${target}`, args: { self: this, ...args } });
  }
}
