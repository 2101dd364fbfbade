import { type MeasuredProtobuf, measureProtobuf } from "../container/index.ts";
import { type LoweredModel, RelayError } from "../core/index.ts";
import type { Graph } from "../graph/index.ts";
import { type LoweredGraph, type LowerGraphOptions, lowerGraph } from "./lower-graph.ts";
import { MAX_MODEL_BYTES, MODEL_FIELDS } from "./onnx-proto.ts";
import { inPlace } from "./placement.ts";

/** `name` is what errors and profiles call the model. */
export type LowerOptions = Partial<LowerGraphOptions>;

function measured({ model }: LoweredGraph, name: string): MeasuredProtobuf {
  const proto = measureProtobuf(MODEL_FIELDS, model.build(name, inPlace));
  if (proto.byteLength <= MAX_MODEL_BYTES) return proto;
  const feature = `a model with ${proto.byteLength} bytes of weights in memory`;
  throw new RelayError("MODEL_UNSUPPORTED", { file: name, feature, hint: "load it from an uncompressed file" });
}

/** Throws what {@link lower} would throw. */
export function checkLowering(graph: Graph): void {
  measured(lowerGraph(graph, { name: "model" }), "model");
}

/**
 * Lowers a normalised graph to a small ONNX model whose initializers point into the files that hold the weights.
 * Nothing is read. @throws RelayError OPERATORS_UNSUPPORTED naming every call that cannot be lowered, and why;
 * MODEL_UNSUPPORTED or LIMIT_EXCEEDED for weights
 */
export function lower(graph: Graph, { name = "model", ...options }: LowerOptions = {}): LoweredModel {
  const lowered = lowerGraph(graph, { ...options, name });
  const { model: _, ...rest } = lowered;
  return { onnx: measured(lowered, name).encode(), ...rest };
}
