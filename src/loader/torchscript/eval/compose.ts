import type { Session } from "./session.ts";
import { type EvalValue, ListValue, TensorValue } from "./values.ts";

type Args = Readonly<Record<string, EvalValue>>;

/** Puts operators into the graph by short names, for those that stand for several. */
export class Composer {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  call(target: string, args: Args): TensorValue {
    return this.#session.emitTensor(target, args);
  }

  linear(input: EvalValue, weight: EvalValue, bias: EvalValue): TensorValue {
    return this.call("aten.linear.default", { input, weight, bias });
  }

  add(self: EvalValue, other: EvalValue): TensorValue {
    return this.call("aten.add.Tensor", { self, other });
  }

  transpose(self: EvalValue, dim0: bigint, dim1: bigint): TensorValue {
    return this.call("aten.transpose.int", { self, dim0, dim1 });
  }

  matmul(self: EvalValue, other: EvalValue): TensorValue {
    return this.call("aten.matmul.default", { self, other });
  }

  reshape(self: EvalValue, ...shape: readonly EvalValue[]): TensorValue {
    return this.call("aten.reshape.default", { self, shape: new ListValue(shape) });
  }

  /** Rows `from` to `to`. */
  rows(self: EvalValue, start: bigint, end: bigint): TensorValue {
    return this.call("aten.slice.Tensor", { self, dim: 0n, start, end, step: 1n });
  }

  tensor(value: EvalValue | undefined): TensorValue {
    return value instanceof TensorValue
      ? value
      : this.#session.refuse("an operator without its tensor", "save the model again");
  }

  int(value: EvalValue | undefined): bigint {
    return typeof value === "bigint"
      ? value
      : this.#session.refuse("an operator whose sizes the inputs decide", "give them as numbers");
  }
}
