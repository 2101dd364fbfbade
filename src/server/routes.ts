import { RelayError } from "../core/index.ts";
import { type Answer, jsonAnswer } from "./answer.ts";
import type { Call } from "./call.ts";
import { answerInfer } from "./infer.ts";
import { modelMetadata, serverMetadata } from "./metadata.ts";
import { writeMetrics } from "./metrics.ts";
import { answerPredict } from "./predict.ts";
import { METRICS_TYPE } from "./prometheus.ts";
import type { ServedModel } from "./served-model.ts";
import type { Site } from "./site.ts";
import { statistics } from "./statistics.ts";

export interface Route {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly answer: (site: Site, call: Call) => Answer | Promise<Answer>;
}

function statusOf(isReady: boolean): number {
  return isReady ? 200 : 503;
}

function servedModel({ models }: Site, { params }: Call): ServedModel {
  return models.get(params["model"] ?? "", params["version"]);
}

function ready(site: Site, call: Call): Answer {
  const { name, isReady } = servedModel(site, call);
  return jsonAnswer({ name, ready: isReady }, statusOf(isReady));
}

function metadata(site: Site, call: Call): Answer {
  const served = servedModel(site, call);
  return jsonAnswer(modelMetadata(served, site.models.versions(served.name)));
}

const PREDICT = ":predict";

function predict({ models }: Site, call: Call): Promise<Answer> {
  const { model = "" } = call.params;
  if (!model.endsWith(PREDICT)) throw new RelayError("ROUTE_UNKNOWN", { path: `POST /v1/models/${model}` });
  return answerPredict(models.get(model.slice(0, -PREDICT.length)), call);
}

function metrics(site: Site): Answer {
  return { headers: { "content-type": METRICS_TYPE }, body: writeMetrics(site) };
}

/** A route of a model, with and without a version. */
function modelRoutes(method: Route["method"], suffix: string, answer: Route["answer"]): readonly Route[] {
  const model = "/v2/models/:model";
  return [model, `${model}/versions/:version`].map((prefix) => ({ method, path: prefix + suffix, answer }));
}

export const ROUTES: readonly Route[] = [
  { method: "GET", path: "/v2", answer: ({ version }) => jsonAnswer(serverMetadata(version)) },
  { method: "GET", path: "/v2/health/live", answer: () => jsonAnswer({ live: true }) },
  {
    method: "GET",
    path: "/v2/health/ready",
    answer: ({ isReady }) => jsonAnswer({ ready: isReady }, statusOf(isReady)),
  },
  { method: "GET", path: "/v2/models/stats", answer: ({ models }) => jsonAnswer(statistics(models)) },
  { method: "GET", path: "/v1/models/:model", answer: ready },
  { method: "POST", path: "/v1/models/:model", answer: predict },
  { method: "GET", path: "/metrics", answer: metrics },
  ...modelRoutes("GET", "", metadata),
  ...modelRoutes("GET", "/ready", ready),
  ...modelRoutes("GET", "/stats", (site, call) => jsonAnswer(statistics([servedModel(site, call)]))),
  ...modelRoutes("POST", "/infer", (site, call) => answerInfer(servedModel(site, call), call)),
];
