import { performance } from "node:perf_hooks";
import { errorData } from "../core/index.ts";
import {
  type Binding,
  NullBackend,
  OrtBackend,
  type SessionHandle,
  type SessionRef,
  type StopToken,
  type TensorBuffer,
} from "../runtime/index.ts";
import { required } from "../util/index.ts";
import type { FromWorker, RunPlan, ToWorker } from "./protocol.ts";
import { HEADER_BYTES, RUN_STARTED, regionBuffer, SlabHeader } from "./slab.ts";

export type Post = (message: FromWorker, transfer?: readonly ArrayBuffer[]) => void;

/** A run prepared over a lane's slab. */
interface Prepared {
  readonly plan: RunPlan;
  readonly binding: Binding;
  /** Whether some output has no place in the slab and must be sent. */
  readonly sendsOutputs: boolean;
}

interface Lane {
  readonly slab: SharedArrayBuffer;
  readonly header: SlabHeader;
  readonly stopToken: StopToken;
  readonly prepared: Map<number, Prepared>;
}

/** The inside of a worker thread: its own handles on shared sessions, and the lanes it runs. */
export class ThreadRuntime {
  readonly #post: Post;
  readonly #ort = new OrtBackend();
  readonly #null = new NullBackend();
  readonly #lanes = new Map<number, Lane>();
  readonly #sessions = new Map<string, SessionHandle>();

  constructor(post: Post) {
    this.#post = post;
  }

  /** Makes the lanes and reports for work. */
  start(lanes: number): void {
    const stopTokens = Array.from({ length: lanes }, () => this.#ort.newStopToken());
    for (const [lane, stopToken] of stopTokens.entries()) {
      this.#setSlab(lane, new SharedArrayBuffer(HEADER_BYTES), stopToken);
    }
    this.#post({ kind: "ready", stopTokens });
  }

  handle(message: ToWorker): void {
    switch (message.kind) {
      case "run":
        this.#run(message.lane, message.plan);
        break;
      case "prepare":
        this.#prepare(message.lane, message.plan);
        break;
      case "slab":
        this.#setSlab(message.lane, message.slab, this.#lane(message.lane).stopToken);
        break;
      case "forget":
        this.#forget(message.session);
        break;
      case "load":
        void this.#load(message);
        break;
    }
  }

  /** What reads models is loaded only where one is read: workers that run them need not hold it. */
  async #load({ source, options }: Extract<ToWorker, { kind: "load" }>): Promise<void> {
    try {
      const { loadModel } = await import("./load-model.ts");
      const model = loadModel(source, this.#ort, options);
      this.#ort.trim();
      this.#post({ kind: "loaded", model });
    } catch (error) {
      this.#post({ kind: "notLoaded", error: errorData(error) });
    }
  }

  #setSlab(lane: number, slab: SharedArrayBuffer, stopToken: StopToken): void {
    for (const { binding } of this.#lanes.get(lane)?.prepared.values() ?? []) binding.close();
    this.#lanes.set(lane, { slab, header: new SlabHeader(slab), stopToken, prepared: new Map() });
  }

  #session(ref: SessionRef): SessionHandle {
    const id = sessionId(ref);
    let handle = this.#sessions.get(id);
    if (!handle) {
      handle = ref.backend === "ort" ? this.#ort.attach(ref) : this.#null.attach(ref);
      this.#sessions.set(id, handle);
    }
    return handle;
  }

  #lane(lane: number): Lane {
    return required(this.#lanes.get(lane), `lane ${lane} has a slab`);
  }

  #prepare(lane: number, plan: RunPlan): void {
    const { slab, stopToken, prepared } = this.#lane(lane);
    const inputs = plan.inputs.map((region) => regionBuffer(slab, region));
    const outputs = plan.outputs.map((region) => (region ? regionBuffer(slab, region) : undefined));
    const binding = this.#session(plan.session).bind(inputs, outputs, stopToken);
    prepared.set(plan.id, { plan, binding, sendsOutputs: plan.outputs.includes(null) });
  }

  #run(laneNumber: number, plan: number): void {
    const { header, prepared } = this.#lane(laneNumber);
    const run = required(prepared.get(plan), `plan ${plan} is prepared`);
    header.state = RUN_STARTED;
    const started = performance.now();
    try {
      const outputs = run.binding.run();
      header.setTimes(performance.timeOrigin + started, performance.now() - started);
      if (run.sendsOutputs)
        this.#send(
          laneNumber,
          outputs.filter((_, i) => run.plan.outputs[i] === null),
        );
      else this.#post({ kind: "ran", lane: laneNumber });
    } catch (error) {
      header.setTimes(performance.timeOrigin + started, performance.now() - started);
      this.#post({ kind: "failed", lane: laneNumber, error: errorData(error) });
    }
  }

  /** Moves outputs that had no place in the slab; `run` made them for us alone. */
  #send(lane: number, outputs: readonly TensorBuffer[]): void {
    const buffers = new Set(outputs.map(({ bytes }) => bytes.buffer as ArrayBuffer));
    this.#post({ kind: "ran", lane, outputs }, [...buffers]);
  }

  #forget(ref: SessionRef): void {
    const id = sessionId(ref);
    this.#sessions.delete(id);
    for (const { prepared } of this.#lanes.values()) {
      for (const [plan, run] of prepared) {
        if (sessionId(run.plan.session) !== id) continue;
        run.binding.close();
        prepared.delete(plan);
      }
    }
  }
}

function sessionId(ref: SessionRef): string {
  return ref.backend === "ort" ? `ort:${ref.address}` : `null:${JSON.stringify(ref)}`;
}
