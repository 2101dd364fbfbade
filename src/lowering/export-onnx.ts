import { encodeProtobuf, protobufByteLength } from "../container/index.ts";
import type { Graph } from "../graph/index.ts";
import { DataFile } from "./data-file.ts";
import { lowerGraph } from "./lower-graph.ts";
import { MAX_MODEL_BYTES, MODEL_FIELDS } from "./onnx-proto.ts";
import type { Opset } from "./opset.ts";
import { embedded } from "./placement.ts";

export interface ExportOptions {
  /** What the ONNX graph is called. */
  readonly name: string;
  /** The name, without a folder, of the file for weights that the model does not hold. */
  readonly dataFile: string;
  /** Larger models get a file of weights beside them. Default: what protobuf allows, 2 GiB less one byte. */
  readonly maxModelBytes?: number;
  /** The version of ONNX's operators. Default 20. */
  readonly opset?: Opset;
}

/** An ONNX model that needs nothing of the file it was made from. */
export interface OnnxExport {
  /** The serialized ONNX ModelProto. */
  readonly onnx: Uint8Array;
  /** The content of the data file, read while it is taken; absent when the model holds all weights. */
  readonly data?: Iterable<Uint8Array>;
}

/**
 * Lowers a normalised graph to an ONNX model with its weights.
 * @throws RelayError OPERATORS_UNSUPPORTED, MODEL_UNSUPPORTED, LIMIT_EXCEEDED, FILE_UNREADABLE
 */
export function exportOnnx(graph: Graph, options: ExportOptions): OnnxExport {
  const { name, dataFile, maxModelBytes = MAX_MODEL_BYTES, opset } = options;
  const { model } = lowerGraph(graph, { name, ...(opset && { opset }) });
  const whole = model.build(name, embedded);
  if (protobufByteLength(MODEL_FIELDS, whole) <= maxModelBytes) return { onnx: encodeProtobuf(MODEL_FIELDS, whole) };
  const data = new DataFile(dataFile);
  const split = model.build(name, (storage) => data.place(storage));
  return { onnx: encodeProtobuf(MODEL_FIELDS, split), data: data.content() };
}
