import type { Answer } from "../answer.ts";
import type { Call } from "../call.ts";
import { answerInfer } from "../infer.ts";
import { answerPredict } from "../predict.ts";
import type { Route } from "../route.ts";
import { INFER_REQUEST, INFER_RESPONSE, PREDICT_REQUEST, PREDICT_RESPONSE } from "../schemas.ts";
import type { Site } from "../site.ts";
import { modelRoutes, servedModel } from "./of-model.ts";

const VERB = ":predict";

function predict({ models, codec }: Site, call: Call): Promise<Answer> {
  const { model = "" } = call.params;
  return models.get(model.slice(0, -VERB.length)).hold((served) => answerPredict(codec, served, call));
}

export const INFERENCE_ROUTES: readonly Route[] = [
  {
    method: "POST",
    path: `/v1/models/:model(^.+${VERB}$)`,
    operation: {
      id: "predict",
      summary: "Runs a model on rows",
      tag: "inference",
      body: PREDICT_REQUEST,
      answers: { 200: { description: "A prediction for each row", schema: PREDICT_RESPONSE } },
    },
    answer: predict,
  },
  ...modelRoutes(
    "POST",
    "/infer",
    {
      id: "infer",
      summary: "Runs a model",
      tag: "inference",
      body: INFER_REQUEST,
      hasBinaryData: true,
      answers: { 200: { description: "Its outputs", schema: INFER_RESPONSE } },
    },
    (site, call) => servedModel(site, call).hold((served) => answerInfer(site.codec, served, call)),
  ),
];
