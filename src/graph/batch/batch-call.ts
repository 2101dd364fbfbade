import type { Dim, DType } from "../../core/index.ts";
import { type Argument, isValueRef, type Node, type TensorType, type Value, valuesIn } from "../types.ts";
import type { Rows } from "./rows.ts";

/** A tensor argument: its shape, and where its rows are when it has any. */
export interface Operand {
  readonly dtype: DType;
  readonly shape: readonly Dim[];
  readonly rank: number;
  readonly rows: Rows | undefined;
}

function axisIn(rank: number, axis: Argument | undefined): number | undefined {
  if (typeof axis !== "number" || axis < -rank || axis >= rank) return undefined;
  return axis < 0 ? axis + rank : axis;
}

/** What is known so far: the symbol that is the number of rows, the tensors that have rows, the scalars that depend on it. */
export interface BatchFacts {
  readonly symbol: string;
  readonly rows: ReadonlyMap<Value, Rows>;
  readonly sizes: ReadonlySet<Value>;
}

/** One operator call as the rules of the batch axis see it. */
export class BatchCall {
  readonly symbol: string;
  readonly args: Node["args"];
  readonly #node: Node;
  readonly #rows: ReadonlyMap<Value, Rows>;
  readonly #sizes: ReadonlySet<Value>;

  constructor(node: Node, { symbol, rows, sizes }: BatchFacts) {
    this.args = node.args;
    this.symbol = symbol;
    this.#node = node;
    this.#rows = rows;
    this.#sizes = sizes;
  }

  /** The tensors of one argument; a list may hold several. */
  operands(parameter: string): readonly Operand[] {
    return this.places(parameter).filter((operand) => operand !== undefined);
  }

  /** The tensors of a list, undefined where it has none. */
  places(parameter: string): readonly (Operand | undefined)[] {
    const arg = this.args[parameter];
    const items: readonly Argument[] = Array.isArray(arg) ? arg : [arg ?? null];
    return items.map((item) => (isValueRef(item) ? this.#operand(item.value) : undefined));
  }

  operand(parameter: string): Operand | undefined {
    return this.operands(parameter)[0];
  }

  /** Every tensor argument with the name of its parameter. */
  *all(): Iterable<readonly [string, Operand]> {
    for (const parameter of Object.keys(this.args)) {
      for (const operand of this.operands(parameter)) yield [parameter, operand];
    }
  }

  #operand(value: Value): Operand | undefined {
    const { type } = value;
    if (type.kind === "scalar") return undefined;
    return { dtype: type.dtype, shape: type.shape, rank: type.shape.length, rows: this.#rows.get(value) };
  }

  /** The shape of the first result. */
  get shape(): readonly Dim[] {
    return this.#result?.shape ?? [];
  }

  /** The dtype of the first result. */
  get dtype(): DType | undefined {
    return this.#result?.dtype;
  }

  get #result(): TensorType | undefined {
    const type = this.#node.outputs[0]?.type;
    return type?.kind === "tensor" ? type : undefined;
  }

  /** Whether an argument is a number that the batch size decides. */
  isSize(parameter: string): boolean {
    return valuesIn(this.args[parameter] ?? null).some((value) => this.#sizes.has(value));
  }

  /** An axis of a tensor of `rank`, counted from the front; undefined when it is not a legal one. */
  axis(parameter: string, rank: number): number | undefined {
    return axisIn(rank, this.args[parameter]);
  }

  /** A non-empty list of axes, counted from the front; undefined when there is none. */
  axes(parameter: string, rank: number): readonly number[] | undefined {
    const arg = this.args[parameter];
    const axes = (Array.isArray(arg) ? arg : [arg]).map((axis: Argument | undefined) => axisIn(rank, axis));
    return axes.length > 0 && axes.every((axis) => axis !== undefined) ? axes : undefined;
  }

  number(parameter: string): number | undefined {
    const arg = this.args[parameter];
    return typeof arg === "number" ? arg : undefined;
  }
}
