import { type Dim, evaluateDim, type Signature, type SymbolValues } from "../core/index.ts";
import { type LoadedModel, layOut, type RunPlan, type TensorLayout } from "../workers/index.ts";
import { type CheckedInputs, symbolValues } from "./input-validator.ts";

/** Shape keys whose plans are kept; beyond, all plans are made anew. */
const MAX_KEYS = 256;

/** What can be known of an output's shape before the run. */
function outputShape(shape: readonly Dim[], values: SymbolValues): readonly number[] | undefined {
  const sizes = shape.map((dim) => evaluateDim(dim, values));
  return sizes.every((size) => size !== undefined) ? sizes : undefined;
}

/** A request's shape with the batch axis set to `rows`. */
function batchShape(shape: readonly number[], rows: number): readonly number[] {
  return [rows, ...shape.slice(1)];
}

/** The memory layouts of a model's batches, by shape key and rows. */
export class RunPlans {
  readonly #model: LoadedModel;
  readonly #nextId: () => number;
  readonly #plans = new Map<string, Map<number, RunPlan>>();

  /** @param nextId gives numbers that are unique in the engine */
  constructor(model: LoadedModel, nextId: () => number) {
    this.#model = model;
    this.#nextId = nextId;
  }

  /** The plan of a batch of `rows` rows of requests shaped like `sample`. */
  get(sample: CheckedInputs, rows: number): RunPlan {
    let plans = this.#plans.get(sample.key);
    if (!plans) {
      if (this.#plans.size >= MAX_KEYS) this.#plans.clear();
      plans = new Map();
      this.#plans.set(sample.key, plans);
    }
    let plan = plans.get(rows);
    if (!plan) {
      plan = this.#make(sample, rows);
      plans.set(rows, plan);
    }
    return plan;
  }

  #make(sample: CheckedInputs, rows: number): RunPlan {
    const { session, signature } = this.#model;
    const inputs = sample.tensors.map(({ dtype, shape }) => ({
      dtype,
      shape: signature.batchSymbol === undefined ? shape : batchShape(shape, rows),
    }));
    return { id: this.#nextId(), session, ...layOut(inputs, outputLayouts(signature, inputs)) };
  }
}

function outputLayouts(signature: Signature, inputs: readonly TensorLayout[]): (TensorLayout | null)[] {
  const values = symbolValues(
    signature,
    inputs.map(({ shape }) => shape),
  );
  return signature.outputs.map(({ dtype, shape }) => {
    const known = outputShape(shape, values);
    return known ? { dtype, shape: known } : null;
  });
}
