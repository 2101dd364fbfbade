import { type Answer, jsonAnswer } from "../answer.ts";
import type { Call } from "../call.ts";
import { modelMetadata } from "../metadata.ts";
import { modelConfig } from "../model-config.ts";
import { type Operation, type Route, statusOf } from "../route.ts";
import { MODEL_CONFIG, MODEL_METADATA, MODEL_NAMES, MODEL_READY, MODEL_STATISTICS } from "../schemas.ts";
import type { Site } from "../site.ts";
import { statistics } from "../statistics.ts";
import { modelRoutes, servedModel } from "./of-model.ts";

function ready(site: Site, call: Call): Answer {
  const { name, isReady } = servedModel(site, call);
  return jsonAnswer({ name, ready: isReady }, statusOf(isReady));
}

/** Also those that are not ready. */
function names({ models }: Site): Answer {
  return jsonAnswer({ models: [...new Set([...models].map(({ name }) => name))] });
}

function metadata(site: Site, call: Call): Answer {
  const served = servedModel(site, call);
  return jsonAnswer(modelMetadata(served, site.models.versions(served.name)));
}

const READY: Operation = {
  id: "modelReady",
  summary: "Whether a model takes requests",
  tag: "health",
  answers: {
    200: { description: "Ready", schema: MODEL_READY },
    503: { description: "Not ready", schema: MODEL_READY },
  },
};

const STATISTICS: Operation = {
  id: "modelStatistics",
  summary: "What a model has done since it was loaded",
  tag: "models",
  answers: { 200: { description: "Counts and times", schema: MODEL_STATISTICS } },
};

const CONFIG: Operation = {
  id: "modelConfig",
  summary: "How a model is configured, in Triton's form",
  tag: "models",
  answers: { 200: { description: "Its configuration", schema: MODEL_CONFIG } },
};

export const MODEL_ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/v2/models/stats",
    operation: { ...STATISTICS, id: "statistics", summary: "What all models have done since they were loaded" },
    answer: ({ models }) => jsonAnswer(statistics(models)),
  },
  {
    method: "GET",
    path: "/v1/models",
    operation: {
      id: "modelNames",
      summary: "The names of all models",
      tag: "models",
      answers: { 200: { description: "Their names", schema: MODEL_NAMES } },
    },
    answer: names,
  },
  { method: "GET", path: "/v1/models/:model", operation: { ...READY, id: "modelReadyV1" }, answer: ready },
  ...modelRoutes("GET", "/ready", READY, ready),
  ...modelRoutes("GET", "/stats", STATISTICS, (site, call) => jsonAnswer(statistics([servedModel(site, call)]))),
  ...modelRoutes("GET", "/config", CONFIG, (site, call) => jsonAnswer(modelConfig(servedModel(site, call)))),
  ...modelRoutes(
    "GET",
    "",
    {
      id: "modelMetadata",
      summary: "What a model takes and gives",
      tag: "models",
      answers: { 200: { description: "Names, datatypes and shapes", schema: MODEL_METADATA } },
    },
    metadata,
  ),
];
