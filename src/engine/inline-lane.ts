import { performance } from "node:perf_hooks";
import type { Binding, SessionHandle, TensorBuffer } from "../runtime/index.ts";
import { type PlanViews, type RunPlan, regionArray, regionBuffer } from "../workers/index.ts";

interface Prepared {
  readonly views: PlanViews;
  readonly binding: Binding;
}

/** Plans kept prepared; beyond, all are forgotten. */
const MAX_PREPARED = 256;

/** Runs plans on the calling thread, each over memory of its own. What runs here is small. */
export class InlineLane {
  readonly #session: SessionHandle;
  readonly #prepared = new Map<number, Prepared>();

  constructor(session: SessionHandle) {
    this.#session = session;
  }

  #prepare(plan: RunPlan): Prepared {
    const memory = new ArrayBuffer(plan.byteLength);
    const inputs = plan.inputs.map((region) => regionBuffer(memory, region));
    const outputs = plan.outputs.map((region) => (region ? regionBuffer(memory, region) : undefined));
    const views = {
      inputs: plan.inputs.map((region) => regionArray(memory, region)),
      outputs: plan.outputs.map((region) => (region ? regionArray(memory, region) : undefined)),
    };
    return { views, binding: this.#session.bind(inputs, outputs) };
  }

  #get(plan: RunPlan): Prepared {
    let prepared = this.#prepared.get(plan.id);
    if (!prepared) {
      if (this.#prepared.size >= MAX_PREPARED) this.close();
      prepared = this.#prepare(plan);
      this.#prepared.set(plan.id, prepared);
    }
    return prepared;
  }

  views(plan: RunPlan): PlanViews {
    return this.#get(plan).views;
  }

  /** Runs on what the plan's input views hold. */
  run(plan: RunPlan): {
    readonly startedMs: number;
    readonly computeMs: number;
    readonly outputs: readonly TensorBuffer[];
  } {
    const { binding } = this.#get(plan);
    const startedMs = performance.now();
    const outputs = binding.run();
    return { startedMs, computeMs: performance.now() - startedMs, outputs };
  }

  close(): void {
    for (const { binding } of this.#prepared.values()) binding.close();
    this.#prepared.clear();
  }
}
