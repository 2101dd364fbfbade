import { jsonAnswer } from "../answer.ts";
import { type Route, statusOf } from "../route.ts";
import { SERVER_LIVE, SERVER_READY } from "../schemas.ts";

export const HEALTH_ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/v2/health/live",
    operation: {
      id: "serverLive",
      summary: "Whether the server runs",
      tag: "health",
      answers: { 200: { description: "It does", schema: SERVER_LIVE } },
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
      answers: {
        200: { description: "Ready", schema: SERVER_READY },
        503: { description: "Not ready", schema: SERVER_READY },
      },
    },
    answer: ({ isReady }) => jsonAnswer({ ready: isReady }, statusOf(isReady)),
  },
];
