import { type Answer, jsonAnswer } from "../answer.ts";
import { serverMetadata } from "../metadata.ts";
import { writeMetrics } from "../metrics.ts";
import { METRICS_TYPE } from "../prometheus.ts";
import type { Route } from "../route.ts";
import { SERVER_METADATA } from "../schemas.ts";
import type { Site } from "../site.ts";

function metrics(site: Site): Answer {
  return { headers: { "content-type": METRICS_TYPE }, body: writeMetrics(site) };
}

export const SERVER_ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/v2",
    operation: {
      id: "serverMetadata",
      summary: "Name, version and extensions of the server",
      tag: "server",
      answers: { 200: { description: "What the server is", schema: SERVER_METADATA } },
    },
    answer: ({ version }) => jsonAnswer(serverMetadata(version)),
  },
  {
    method: "GET",
    path: "/metrics",
    operation: {
      id: "metrics",
      summary: "Metrics in Prometheus's text format",
      tag: "server",
      answers: { 200: { description: "Metrics", mediaType: METRICS_TYPE } },
    },
    answer: metrics,
  },
];
