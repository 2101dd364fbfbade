import type { Call } from "../call.ts";
import type { Operation, Route } from "../route.ts";
import type { ServedModel } from "../served-model.ts";
import type { Site } from "../site.ts";

/** The model that a route names. @throws RelayError MODEL_UNKNOWN */
export function servedModel({ models }: Site, { params }: Call): ServedModel {
  return models.get(params["model"] ?? "", params["version"]);
}

/** A route of a model, with and without a version. */
export function modelRoutes(
  method: Route["method"],
  suffix: string,
  operation: Operation,
  answer: Route["answer"],
): readonly Route[] {
  const path = "/v2/models/:model";
  const versioned = { ...operation, id: `${operation.id}Version` };
  return [
    { method, path: path + suffix, operation, answer },
    { method, path: `${path}/versions/:version${suffix}`, operation: versioned, answer },
  ];
}
