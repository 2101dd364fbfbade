import { encodeProtobuf, protobufByteLength } from "../container/index.ts";
import { type LoweredModel, RelayError } from "../core/index.ts";
import type { Graph } from "../graph/index.ts";
import { type LowerGraphOptions, lowerGraph } from "./lower-graph.ts";
import { MAX_MODEL_BYTES, MODEL_FIELDS } from "./onnx-proto.ts";
import { inPlace } from "./placement.ts";

/** `name` is what errors and profiles call the model. */
export type LowerOptions = Partial<LowerGraphOptions>;

/**
 * Lowers a normalised graph to a small ONNX model whose initializers point into the files that hold the weights.
 * Nothing is read. @throws RelayError OPERATORS_UNSUPPORTED naming every call that cannot be lowered, and why;
 * MODEL_UNSUPPORTED or LIMIT_EXCEEDED for weights
 */
export function lower(graph: Graph, { name = "model", ...options }: LowerOptions = {}): LoweredModel {
  const { model, ...lowered } = lowerGraph(graph, { ...options, name });
  const proto = model.build(name, inPlace);
  const size = protobufByteLength(MODEL_FIELDS, proto);
  if (size <= MAX_MODEL_BYTES) return { onnx: encodeProtobuf(MODEL_FIELDS, proto), ...lowered };
  const feature = `a model with ${size} bytes of weights in memory`;
  throw new RelayError("MODEL_UNSUPPORTED", { file: name, feature, hint: "load it from an uncompressed file" });
}
