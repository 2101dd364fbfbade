import type { ProtobufFields, ProtobufMessage, ProtobufRecord } from "../../container/index.ts";
import { RelayError } from "../../core/index.ts";
import { infer } from "../infer.ts";
import { modelMetadata, serverMetadata } from "../metadata.ts";
import type { ServedModel } from "../served-model.ts";
import type { Site } from "../site.ts";
import { readInferMessage, writeInferMessage } from "./infer-message.ts";
import { MESSAGES } from "./messages.ts";

/** A request over gRPC. */
export interface GrpcCall {
  readonly message: ProtobufRecord;
  /** What is left until the client's deadline; Infinity without one. */
  readonly timeoutMs: number;
  /** Aborted when the client has cancelled or is gone, or the deadline has passed. */
  readonly signal: AbortSignal;
}

/** A method that takes one message and gives one. */
export interface Method {
  readonly service: string;
  readonly name: string;
  readonly request: ProtobufFields;
  readonly response: ProtobufFields;
  readonly answer: (site: Site, call: GrpcCall) => ProtobufMessage | Promise<ProtobufMessage>;
}

const INFERENCE = "inference.GRPCInferenceService";
const HEALTH = "grpc.health.v1.Health";

function servedModel({ models }: Site, { message }: GrpcCall, prefix = ""): ServedModel {
  return models.get(message.text(`${prefix}name`) ?? "", message.text(`${prefix}version`) || undefined);
}

function ready(isReady: boolean): ProtobufMessage {
  return { ready: Number(isReady) };
}

function metadata(site: Site, call: GrpcCall): ProtobufMessage {
  const served = servedModel(site, call);
  return modelMetadata(served, site.models.versions(served.name));
}

function modelInfer(site: Site, call: GrpcCall): Promise<ProtobufMessage> {
  return servedModel(site, call, "model_").hold(async (served) => {
    const inferred = await infer(served, async () => readInferMessage(call.message), call);
    return writeInferMessage(served, inferred);
  });
}

const SERVING = 1;
const NOT_SERVING = 2;

/** The state of the whole server, which has one state for all its services. */
function health({ isReady }: Site, { message }: GrpcCall): ProtobufMessage {
  const service = message.text("service") ?? "";
  if (service !== "" && service !== INFERENCE) throw new RelayError("ROUTE_UNKNOWN", { path: service });
  return { status: isReady ? SERVING : NOT_SERVING };
}

export const METHODS: readonly Method[] = [
  {
    service: INFERENCE,
    name: "ServerLive",
    request: MESSAGES.Empty,
    response: MESSAGES.ServerLiveResponse,
    answer: () => ({ live: 1 }),
  },
  {
    service: INFERENCE,
    name: "ServerReady",
    request: MESSAGES.Empty,
    response: MESSAGES.ReadyResponse,
    answer: ({ isReady }) => ready(isReady),
  },
  {
    service: INFERENCE,
    name: "ModelReady",
    request: MESSAGES.ModelRequest,
    response: MESSAGES.ReadyResponse,
    answer: (site, call) => ready(servedModel(site, call).isReady),
  },
  {
    service: INFERENCE,
    name: "ServerMetadata",
    request: MESSAGES.Empty,
    response: MESSAGES.ServerMetadataResponse,
    answer: ({ version }) => serverMetadata(version),
  },
  {
    service: INFERENCE,
    name: "ModelMetadata",
    request: MESSAGES.ModelRequest,
    response: MESSAGES.ModelMetadataResponse,
    answer: metadata,
  },
  {
    service: INFERENCE,
    name: "ModelInfer",
    request: MESSAGES.ModelInferRequest,
    response: MESSAGES.ModelInferResponse,
    answer: modelInfer,
  },
  {
    service: HEALTH,
    name: "Check",
    request: MESSAGES.HealthCheckRequest,
    response: MESSAGES.HealthCheckResponse,
    answer: health,
  },
];
