import { Tensor, type TensorSpec } from "../../core/index.ts";
import type { Answer } from "../answer.ts";
import { readInferMessageBytes } from "../grpc/infer-message.ts";
import { type InferRequest, readInferRequest } from "../infer-request.ts";
import { type ModelIdentity, writeInferResponse } from "../infer-response.ts";
import { type Instances, readInstances, writePredictions } from "../predictions.ts";
import type { SelectedOutput } from "../sent-output.ts";

type Tensors = Readonly<Record<string, Tensor>>;

/** What there is to decode and encode: pure functions of plain data, so that any thread can do it. */
interface Jobs {
  readonly readInfer: {
    readonly args: { readonly body: Uint8Array; readonly jsonBytes: number | undefined };
    readonly result: InferRequest;
  };
  readonly readInferMessage: {
    readonly args: { readonly body: Uint8Array };
    readonly result: InferRequest;
  };
  readonly readInstances: {
    readonly args: { readonly body: Uint8Array; readonly inputs: readonly TensorSpec[] };
    readonly result: Instances;
  };
  readonly writeInfer: {
    readonly args: {
      readonly model: ModelIdentity;
      readonly id: string | undefined;
      readonly selected: readonly SelectedOutput[];
      readonly outputs: Tensors;
    };
    readonly result: Answer;
  };
  readonly writePredictions: {
    readonly args: { readonly outputs: Tensors; readonly count: number };
    readonly result: Answer;
  };
}

export type JobKind = keyof Jobs;
export type JobArgs<K extends JobKind> = Jobs[K]["args"];
export type JobResult<K extends JobKind> = Jobs[K]["result"];

export const JOBS: { readonly [K in JobKind]: (args: JobArgs<K>) => JobResult<K> } = {
  readInfer: ({ body, jsonBytes }) => readInferRequest(body, jsonBytes),
  readInferMessage: ({ body }) => readInferMessageBytes(body),
  readInstances: ({ body, inputs }) => readInstances(body, inputs),
  writeInfer: ({ model, id, selected, outputs }) => writeInferResponse(model, id, selected, outputs),
  writePredictions: ({ outputs, count }) => writePredictions(outputs, count),
};

/** Makes tensors of those that have crossed a thread, where they lose what they can do. */
export function revived(tensors: Tensors): Tensors {
  const entries = Object.entries(tensors).map(([name, { dtype, data, shape }]): [string, Tensor] => {
    return [name, new Tensor(dtype, data, shape)];
  });
  return Object.fromEntries(entries);
}
