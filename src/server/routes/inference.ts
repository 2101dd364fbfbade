import { RelayError } from "../../core/index.ts";
import type { Answer } from "../answer.ts";
import type { Call } from "../call.ts";
import { answerInfer } from "../infer.ts";
import { answerPredict } from "../predict.ts";
import type { Route } from "../route.ts";
import type { Site } from "../site.ts";
import { modelRoutes, servedModel } from "./of-model.ts";

const PREDICT = ":predict";

function predict({ models }: Site, call: Call): Promise<Answer> {
  const { model = "" } = call.params;
  if (!model.endsWith(PREDICT)) throw new RelayError("ROUTE_UNKNOWN", { path: `POST /v1/models/${model}` });
  return models.get(model.slice(0, -PREDICT.length)).hold((served) => answerPredict(served, call));
}

export const INFERENCE_ROUTES: readonly Route[] = [
  {
    method: "POST",
    path: "/v1/models/:model",
    operation: {
      id: "predict",
      summary: "Runs a model on rows",
      tag: "inference",
      answers: { 200: { description: "A prediction for each row" } },
    },
    answer: predict,
  },
  ...modelRoutes(
    "POST",
    "/infer",
    { id: "infer", summary: "Runs a model", tag: "inference", answers: { 200: { description: "Its outputs" } } },
    (site, call) => servedModel(site, call).hold((served) => answerInfer(served, call)),
  ),
];
