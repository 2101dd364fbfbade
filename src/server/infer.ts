import type { Model } from "../engine/index.ts";
import type { Answer } from "./answer.ts";
import type { Call } from "./call.ts";
import { type InferRequest, readInferRequest } from "./infer-request.ts";
import { HEADER_LENGTH, selectOutputs, writeInferResponse } from "./infer-response.ts";
import { invalid } from "./invalid.ts";
import { readRawRequest } from "./raw-request.ts";
import { scheduleOf, TIMEOUT_HEADER } from "./schedule.ts";
import type { ServedModel } from "./served-model.ts";

function jsonBytesOf(call: Call): number | undefined {
  const header = call.header(HEADER_LENGTH);
  if (header === undefined) return undefined;
  if (/^\d{1,15}$/.test(header)) return Number(header);
  throw invalid(`header ${HEADER_LENGTH} is not a number of bytes`);
}

function readRequest(call: Call, { signature }: Model): InferRequest {
  const jsonBytes = jsonBytesOf(call);
  return jsonBytes === 0 ? readRawRequest(call.body, signature) : readInferRequest(call.body, jsonBytes);
}

/**
 * Answers an inference request of the Open Inference Protocol.
 * @throws RelayError REQUEST_INVALID, LIMIT_EXCEEDED, OUTPUT_NAME, MODEL_NOT_READY, and those of Model.infer
 */
export async function answerInfer(served: ServedModel, call: Call): Promise<Answer> {
  const { model } = served;
  const request = readRequest(call, model);
  const selected = selectOutputs(request, model.outputs);
  const options = scheduleOf(request.parameters, call.header(TIMEOUT_HEADER), call.signal);
  const outputs = await served.infer(request.inputs, options);
  return writeInferResponse(served, request.id, selected, outputs);
}
