import type { Model } from "../engine/index.ts";
import type { Answer } from "./answer.ts";
import type { Call } from "./call.ts";
import { type Codec, readInstancesOn, writePredictionsOn } from "./codec/index.ts";
import { elementsFor } from "./json-data.ts";
import { headerTimeoutMs, scheduleOf } from "./schedule.ts";
import type { ServedModel } from "./served-model.ts";
import { turnEnd } from "./turn-end.ts";

function requireJsonOutputs({ outputs }: Model): void {
  for (const { name, dtype } of outputs) elementsFor(name, dtype);
}

/**
 * Answers `{"instances": [...]}` with `{"predictions": [...]}`, a row for each, as TensorFlow Serving and KServe v1 do.
 * @throws RelayError REQUEST_INVALID, LIMIT_EXCEEDED, SERVER_BUSY, MODEL_NOT_READY, and those of Model.infer
 */
export async function answerPredict(codec: Codec, served: ServedModel, call: Call): Promise<Answer> {
  const { model } = served;
  requireJsonOutputs(model);
  const schedule = scheduleOf({}, headerTimeoutMs(call), call.signal);
  const { inputs, count } = await readInstancesOn(codec, call.body, model.inputs);
  await turnEnd();
  const outputs = await served.infer(inputs, schedule, call.watch);
  return writePredictionsOn(codec, { outputs, count });
}
