import { type EnumType, type MessageType, mapOf, one, typesOf } from "./message-type.ts";

const PACKAGE = "grpc.health.v1";
const type = typesOf(PACKAGE);

const SERVING_STATUS: EnumType = {
  package: PACKAGE,
  name: "HealthCheckResponse.ServingStatus",
  values: { UNKNOWN: 0, SERVING: 1, NOT_SERVING: 2, SERVICE_UNKNOWN: 3 },
};

export const HEALTH_REQUEST: MessageType = type("HealthCheckRequest", { service: one(1, "string") });
export const HEALTH_RESPONSE: MessageType = type("HealthCheckResponse", { status: one(1, SERVING_STATUS) });
export const HEALTH_LIST_REQUEST: MessageType = type("HealthListRequest");

export const HEALTH_LIST_RESPONSE: MessageType = type("HealthListResponse", { statuses: mapOf(1, HEALTH_RESPONSE) });
