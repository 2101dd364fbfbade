import { type MeasuredProtobuf, measureProtobuf } from "../container/index.ts";
import { RelayError, readWeightBytes, type SizedModel } from "../core/index.ts";
import type { Graph } from "../graph/index.ts";
import { type LowerGraphOptions, lowerGraph } from "./lower-graph.ts";
import { type GraphProto, MAX_MODEL_BYTES, MODEL_FIELDS, type ModelProto, type NodeProto } from "./onnx-proto.ts";
import { inPlace } from "./placement.ts";

/** `name` is what errors and profiles call the model. */
export type LowerOptions = Partial<LowerGraphOptions>;

function measured(model: ModelProto, name: string): MeasuredProtobuf {
  const proto = measureProtobuf(MODEL_FIELDS, model);
  if (proto.byteLength <= MAX_MODEL_BYTES) return proto;
  const feature = `a model with ${proto.byteLength} bytes of weights in memory`;
  throw new RelayError("MODEL_UNSUPPORTED", { file: name, feature, hint: "load it from an uncompressed file" });
}

/** The nodes of a graph and of those within it. */
function* allNodes({ node }: GraphProto): Iterable<NodeProto> {
  for (const one of node) {
    yield one;
    for (const { g } of one.attribute) if (g) yield* allNodes(g);
  }
}

/** Throws what {@link lower} would throw. */
export function checkLowering(graph: Graph): void {
  const { model } = lowerGraph(graph, { name: "model" });
  measured(model.build("model", inPlace), "model");
}

/**
 * Lowers a normalised graph to a small ONNX model whose initializers point into the files that hold the weights.
 * Nothing is read. @throws RelayError OPERATORS_UNSUPPORTED naming every call that cannot be lowered, and why;
 * MODEL_UNSUPPORTED or LIMIT_EXCEEDED for weights
 */
export function lower(graph: Graph, { name = "model", ...options }: LowerOptions = {}): SizedModel {
  const { model, ...rest } = lowerGraph(graph, { ...options, name });
  const proto = model.build(name, inPlace);
  const onnx = measured(proto, name).encode();
  return { onnx, readWeightBytes: readWeightBytes(proto.graph.initializer ?? [], allNodes(proto.graph)), ...rest };
}
