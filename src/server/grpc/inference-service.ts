import type { JsonObject, JsonValue, ProtobufRecord } from "../../container/index.ts";
import { readInferMessageOn } from "../codec/index.ts";
import { infer } from "../infer.ts";
import { invalid } from "../invalid.ts";
import { modelMetadata, serverMetadata } from "../metadata.ts";
import { modelConfig } from "../model-config.ts";
import type { ServedModel } from "../served-model.ts";
import type { Site } from "../site.ts";
import { statistics } from "../statistics.ts";
import * as config from "./config-messages.ts";
import { grpcFailure } from "./failure.ts";
import { finalFlag, writeInferMessage } from "./infer-message.ts";
import * as inference from "./inference-messages.ts";
import * as repository from "./repository-messages.ts";
import type { GrpcCall, Method, Service } from "./service.ts";
import * as stats from "./statistics-messages.ts";

/** Requests of one stream that are worked on at a time; enough to fill batches. */
const MAX_IN_FLIGHT = 256;

function servedModel({ models }: Site, { message }: GrpcCall, prefix = ""): ServedModel {
  return models.get(message.text(`${prefix}name`) ?? "", message.text(`${prefix}version`) || undefined);
}

function metadata(site: Site, call: GrpcCall): object {
  const served = servedModel(site, call);
  return modelMetadata(served, site.models.versions(served.name));
}

function modelInfer(site: Site, call: GrpcCall): Promise<object> {
  return servedModel(site, call, "model_").hold(async (served) => {
    const inferred = await infer(served, () => readInferMessageOn(site.codec, call.bytes, call.message), call);
    return writeInferMessage(served, inferred);
  });
}

async function streamInfer(site: Site, call: GrpcCall): Promise<object> {
  const answer = await modelInfer(site, call);
  return { infer_response: { ...answer, ...finalFlag(call.message) } };
}

/** Tells which request has failed. */
function streamFailure(error: unknown, request: ProtobufRecord | undefined): object {
  const id = request?.text("id");
  const model = request?.text("model_name");
  return {
    error_message: grpcFailure(error).details,
    infer_response: { id, model_name: model, ...(request && finalFlag(request)) },
  };
}

function modelStatistics(site: Site, call: GrpcCall): object {
  return statistics(call.message.text("name") ? [servedModel(site, call)] : site.models);
}

function requireOneRepository({ message }: GrpcCall): void {
  if (message.text("repository_name")) throw invalid("repository_name is given; this server has one, without a name");
}

/** Bytes are given as the protocol's HTTP form does, in base64. */
function parameterOf(value: ProtobufRecord | undefined): JsonValue | undefined {
  const bool = value?.integer("bool_param");
  if (bool !== undefined) return bool !== 0;
  const [bytes] = value?.bytes("bytes_param") ?? [];
  return (
    value?.integer("int64_param") ?? value?.text("string_param") ?? (bytes && Buffer.from(bytes).toString("base64"))
  );
}

function parametersOf({ message }: GrpcCall): JsonObject {
  const entries = message.records("parameters").flatMap((entry): [string, JsonValue][] => {
    const value = parameterOf(entry.record("value"));
    return value === undefined ? [] : [[entry.text("key") ?? "", value]];
  });
  return Object.fromEntries(entries);
}

async function index({ repository }: Site, call: GrpcCall): Promise<object> {
  requireOneRepository(call);
  return { models: await repository.index({ ready: Boolean(call.message.integer("ready")) }) };
}

async function load({ repository }: Site, call: GrpcCall): Promise<object> {
  requireOneRepository(call);
  await repository.load(call.message.text("model_name") ?? "", parametersOf(call));
  return {};
}

async function unload({ repository }: Site, call: GrpcCall): Promise<object> {
  requireOneRepository(call);
  await repository.unload(call.message.text("model_name") ?? "");
  return {};
}

const CORE: readonly Method[] = [
  {
    kind: "unary",
    name: "ServerLive",
    request: inference.SERVER_LIVE_REQUEST,
    response: inference.SERVER_LIVE_RESPONSE,
    answer: () => ({ live: true }),
  },
  {
    kind: "unary",
    name: "ServerReady",
    request: inference.SERVER_READY_REQUEST,
    response: inference.SERVER_READY_RESPONSE,
    answer: ({ isReady }) => ({ ready: isReady }),
  },
  {
    kind: "unary",
    name: "ModelReady",
    request: inference.MODEL_READY_REQUEST,
    response: inference.MODEL_READY_RESPONSE,
    answer: (site, call) => ({ ready: servedModel(site, call).isReady }),
  },
  {
    kind: "unary",
    name: "ServerMetadata",
    request: inference.SERVER_METADATA_REQUEST,
    response: inference.SERVER_METADATA_RESPONSE,
    answer: ({ version }) => serverMetadata(version),
  },
  {
    kind: "unary",
    name: "ModelMetadata",
    request: inference.MODEL_METADATA_REQUEST,
    response: inference.MODEL_METADATA_RESPONSE,
    answer: metadata,
  },
  {
    kind: "unary",
    name: "ModelInfer",
    request: inference.MODEL_INFER_REQUEST,
    response: inference.MODEL_INFER_RESPONSE,
    answer: modelInfer,
  },
];

/** What Triton adds to the protocol. */
const EXTENSIONS: readonly Method[] = [
  {
    kind: "each",
    name: "ModelStreamInfer",
    request: inference.MODEL_INFER_REQUEST,
    response: inference.MODEL_STREAM_INFER_RESPONSE,
    maxInFlight: MAX_IN_FLIGHT,
    answer: streamInfer,
    failure: streamFailure,
  },
  {
    kind: "unary",
    name: "ModelConfig",
    request: config.MODEL_CONFIG_REQUEST,
    response: config.MODEL_CONFIG_RESPONSE,
    answer: (site, call) => ({ config: modelConfig(servedModel(site, call)) }),
  },
  {
    kind: "unary",
    name: "ModelStatistics",
    request: stats.MODEL_STATISTICS_REQUEST,
    response: stats.MODEL_STATISTICS_RESPONSE,
    answer: modelStatistics,
  },
  {
    kind: "unary",
    name: "RepositoryIndex",
    request: repository.REPOSITORY_INDEX_REQUEST,
    response: repository.REPOSITORY_INDEX_RESPONSE,
    answer: index,
  },
  {
    kind: "unary",
    name: "RepositoryModelLoad",
    request: repository.REPOSITORY_LOAD_REQUEST,
    response: repository.REPOSITORY_LOAD_RESPONSE,
    answer: load,
  },
  {
    kind: "unary",
    name: "RepositoryModelUnload",
    request: repository.REPOSITORY_UNLOAD_REQUEST,
    response: repository.REPOSITORY_UNLOAD_RESPONSE,
    answer: unload,
  },
];

/** The Open Inference Protocol, with Triton's extensions. */
export const INFERENCE_SERVICE: Service = {
  package: "inference",
  name: "GRPCInferenceService",
  methods: [...CORE, ...EXTENSIONS],
};
