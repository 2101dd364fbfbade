import type { Route } from "../route.ts";
import { documentationRoutes } from "./documentation.ts";
import { HEALTH_ROUTES } from "./health.ts";
import { INFERENCE_ROUTES } from "./inference.ts";
import { MODEL_ROUTES } from "./models.ts";
import { REPOSITORY_ROUTES } from "./repository.ts";
import { SERVER_ROUTES } from "./server.ts";

const API: readonly Route[] = [
  ...SERVER_ROUTES,
  ...HEALTH_ROUTES,
  ...MODEL_ROUTES,
  ...INFERENCE_ROUTES,
  ...REPOSITORY_ROUTES,
];

export const ROUTES: readonly Route[] = [...API, ...documentationRoutes(API)];
