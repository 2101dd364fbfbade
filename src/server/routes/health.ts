import { jsonAnswer } from "../answer.ts";
import { type Route, statusOf } from "../route.ts";
import { BOOLEAN, object } from "../schemas.ts";

const READY = object({ ready: BOOLEAN }, ["ready"]);

export const HEALTH_ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/v2/health/live",
    operation: {
      id: "serverLive",
      summary: "Whether the server runs",
      tag: "health",
      answers: { 200: { description: "It does", schema: object({ live: BOOLEAN }, ["live"]) } },
    },
    answer: () => jsonAnswer({ live: true }),
  },
  {
    method: "GET",
    path: "/v2/health/ready",
    operation: {
      id: "serverReady",
      summary: "Whether every model takes requests",
      tag: "health",
      answers: { 200: { description: "Ready", schema: READY }, 503: { description: "Not ready", schema: READY } },
    },
    answer: ({ isReady }) => jsonAnswer({ ready: isReady }, statusOf(isReady)),
  },
];
