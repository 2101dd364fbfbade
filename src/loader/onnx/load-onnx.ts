import path from "node:path";
import { type ByteSource, decodeProtobuf, FileSource, type ProtobufRecord } from "../../container/index.ts";
import {
  type Dim,
  DTYPES,
  type DType,
  isDType,
  LIMITS,
  type Signature,
  type SizedModel,
  symbol,
  symbolsOf,
  type TensorSpec,
} from "../../core/index.ts";
import type { FormatInfo } from "../../graph/index.ts";
import { Excess, Malformed, refusal, Unsupported } from "../refusal.ts";
import { ExternalData } from "./external-data.ts";
import { MODEL } from "./model-fields.ts";
import { weightBytes } from "./weight-bytes.ts";

/** An ONNX model as it is: ready to become a session, with what it takes and gives. */
export interface OnnxModel {
  readonly model: SizedModel;
  readonly signature: Signature;
  readonly format: FormatInfo;
}

const ANY_SIZE = { min: 0, max: Number.POSITIVE_INFINITY };

const BY_ONNX_TYPE: ReadonlyMap<number | bigint | undefined, DType> = new Map(
  Object.entries(DTYPES).flatMap(([dtype, { onnx }]) => (isDType(dtype) ? [[onnx, dtype] as const] : [])),
);

/** A known size, a named one, or one that only the run tells. */
function readDim(dimension: ProtobufRecord, unnamed: string): Dim {
  const size = dimension.integer("dimValue");
  const name = dimension.text("dimParam");
  if (typeof size === "number" && size >= 0) return size;
  return symbol(name || unnamed);
}

function readSpec(value: ProtobufRecord): TensorSpec {
  const name = value.text("name") ?? "";
  const type = value.record("type")?.record("tensorType");
  const dtype = BY_ONNX_TYPE.get(type?.integer("elemType"));
  if (!type || !dtype)
    throw new Unsupported(`${name}, which is no tensor of numbers,`, "use a model that takes and gives numbers");
  const shape = type.record("shape");
  if (!shape) throw new Unsupported(`${name} of unknown rank`, "run onnx.shape_inference.infer_shapes on the model");
  return { name, dtype, shape: shape.records("dim").map((dim, axis) => readDim(dim, `${name}_dim_${axis}`)) };
}

/** Whether some node has a graph of its own, which may be the body of a loop. */
function runsGraphs(graph: ProtobufRecord): boolean {
  const attributes = graph.records("node").flatMap((node) => node.records("attribute"));
  return attributes.some((attribute) => attribute.record("g") !== undefined);
}

/** Old models list their weights among the inputs. Nothing tells whether rows are independent, so that none share a run. */
function readSignature(graph: ProtobufRecord): Signature {
  const weights = new Set(graph.records("initializer").map((tensor) => tensor.text("name")));
  const inputs = graph
    .records("input")
    .filter((value) => !weights.has(value.text("name")))
    .map(readSpec);
  const outputs = graph.records("output").map(readSpec);
  const symbols = [...inputs, ...outputs].flatMap(({ shape }) => shape.flatMap(symbolsOf));
  const ranges = Object.fromEntries(symbols.map((name) => [name, ANY_SIZE]));
  return { inputs, outputs, symbols: ranges, ...(runsGraphs(graph) && { hasLoops: true }) };
}

function readFormat(model: ProtobufRecord): FormatInfo {
  const opset = model.records("opsetImport").find((set) => ["", "ai.onnx", undefined].includes(set.text("domain")));
  return { container: "ONNX model", schemaVersion: `opset ${opset?.integer("version") ?? "unknown"}` };
}

function load(source: ByteSource): OnnxModel {
  if (source.size > LIMITS.onnxBytes) throw new Excess("its size", source.size, "onnxBytes");
  const onnx = source.read(0, source.size);
  const model = decodeProtobuf(onnx, MODEL, source.name);
  const graph = model.record("graph");
  if (!graph) throw new Malformed("it has no graph");
  const folder = source instanceof FileSource ? path.dirname(source.path) : undefined;
  const hasExternalData = new ExternalData(folder).check(model);
  const signature = readSignature(graph);
  return {
    model: {
      onnx,
      inputNames: signature.inputs.map(({ name }) => name),
      outputNames: signature.outputs.map(({ name }) => name),
      readWeightBytes: weightBytes(graph),
      ...(hasExternalData && folder !== undefined && { externalFolder: folder }),
    },
    signature,
    format: readFormat(model),
  };
}

/**
 * An ONNX file, unchanged. Its weights may lie in other files, if those are in its folder or below.
 * @throws RelayError MODEL_UNSUPPORTED, FILE_CORRUPT, LIMIT_EXCEEDED, FILE_UNREADABLE
 */
export function loadOnnx(source: ByteSource): OnnxModel {
  try {
    return load(source);
  } catch (error) {
    throw refusal(source.name, error);
  }
}
