import { healthService } from "./health-service.ts";
import { INFERENCE_SERVICE } from "./inference-service.ts";
import { withReflection } from "./reflection-service.ts";
import type { Service } from "./service.ts";

/** All that the server offers over gRPC. */
export const SERVICES: readonly Service[] = withReflection([
  INFERENCE_SERVICE,
  healthService([`${INFERENCE_SERVICE.package}.${INFERENCE_SERVICE.name}`]),
]);
