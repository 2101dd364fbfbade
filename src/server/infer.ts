import { performance } from "node:perf_hooks";
import type { Model, Outputs } from "../engine/index.ts";
import type { AbortSignalLike } from "../util/index.ts";
import type { Answer } from "./answer.ts";
import type { Call } from "./call.ts";
import { type Codec, readInferOn, writeInferOn } from "./codec/index.ts";
import type { InferRequest } from "./infer-request.ts";
import { HEADER_LENGTH, selectOutputs } from "./infer-response.ts";
import { invalid } from "./invalid.ts";
import type { InferenceWatch } from "./observe/inference-watch.ts";
import { readRawRequest } from "./raw-request.ts";
import { headerTimeoutMs, scheduleOf } from "./schedule.ts";
import type { SelectedOutput } from "./sent-output.ts";
import type { ServedModel } from "./served-model.ts";
import { turnEnd } from "./turn-end.ts";

function jsonBytesOf(call: Call): number | undefined {
  const header = call.header(HEADER_LENGTH);
  if (header === undefined) return undefined;
  if (/^\d{1,15}$/.test(header)) return Number(header);
  throw invalid(`header ${HEADER_LENGTH} is not a number of bytes`);
}

function readRequest(codec: Codec, call: Call, { signature }: Model): InferRequest | Promise<InferRequest> {
  const jsonBytes = jsonBytesOf(call);
  return jsonBytes === 0 ? readRawRequest(call.body, signature) : readInferOn(codec, call.body, jsonBytes);
}

/** What a request asks for, computed. */
export interface Inferred {
  readonly id: string | undefined;
  readonly selected: readonly SelectedOutput[];
  /** By name; also those that are not selected. */
  readonly outputs: Outputs;
}

/** How long a request may take, and whether it is still wanted. */
export interface Patience {
  /** Infinity: without limit. */
  readonly timeoutMs: number;
  readonly signal: AbortSignalLike;
  readonly watch: InferenceWatch | undefined;
}

/**
 * Runs a request of the Open Inference Protocol, whatever carried it.
 * @param read gives the request, once the model is known to be ready
 * @throws RelayError OUTPUT_NAME, MODEL_NOT_READY, and those of `read` and Model.infer
 */
export async function infer(
  served: ServedModel,
  read: (model: Model) => InferRequest | Promise<InferRequest>,
  { timeoutMs, signal, watch }: Patience,
): Promise<Inferred> {
  const startedMs = performance.now();
  const reading = read(served.model);
  const isElsewhere = reading instanceof Promise;
  const request = isElsewhere ? await reading : reading;
  await turnEnd();
  // What was read elsewhere had to wait for it.
  const readMs = isElsewhere ? performance.now() - startedMs : 0;
  // Another model may have taken its place while the request was read; from here to its queue none can.
  const selected = selectOutputs(request, served.model.signature, served.labels);
  const outputs = await served.infer(
    request.inputs,
    scheduleOf(request.parameters, Math.max(0, timeoutMs - readMs), signal),
    watch,
  );
  return { id: request.id, selected, outputs };
}

/**
 * Answers an inference request over HTTP.
 * @throws RelayError REQUEST_INVALID, LIMIT_EXCEEDED, SERVER_BUSY, and those of {@link infer}
 */
export async function answerInfer(codec: Codec, served: ServedModel, call: Call): Promise<Answer> {
  const patience = { timeoutMs: headerTimeoutMs(call), signal: call.signal, watch: call.watch };
  const { id, selected, outputs } = await infer(served, (model) => readRequest(codec, call, model), patience);
  const { name, version } = served;
  return writeInferOn(codec, { model: { name, version }, id, selected, outputs });
}
