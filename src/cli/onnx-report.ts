import { describeShape, formatDim, type TensorSpec } from "../core/index.ts";
import type { OnnxModel } from "../loader/index.ts";
import { formatBytes } from "./format.ts";
import type { Json } from "./json.ts";
import { formatTable } from "./table.ts";

/** What `inspect` tells about an ONNX model, which goes to the runtime as it is. */
export interface OnnxFacts {
  readonly file: string;
  readonly bytes: number;
  readonly onnx: OnnxModel;
}

const BATCHING = "each request runs alone: the file does not tell whether rows are independent";

/** The facts for people. */
export function onnxText({ file, bytes, onnx: { signature, format } }: OnnxFacts): string {
  const ports = (title: string, specs: readonly TensorSpec[]): string => {
    const columns = [title, "dtype", "shape"].map((name) => ({ title: name }));
    const rows = specs.map(({ name, dtype, shape }) => [name, dtype, describeShape(shape, signature.symbols)]);
    return formatTable(columns, rows);
  };
  const head = [
    ["file", `${file}, ${formatBytes(bytes)}`],
    ["format", [format.container, format.schemaVersion].join(", ")],
    ["batching", BATCHING],
  ];
  return [
    formatTable([{ title: "" }, { title: "" }], head),
    ports("input", signature.inputs),
    ports("output", signature.outputs),
  ].join("\n");
}

/** The facts for programs. */
export function onnxJson({ file, bytes, onnx: { signature, format } }: OnnxFacts): Json {
  const ports = (specs: readonly TensorSpec[]): Json =>
    specs.map(({ name, dtype, shape }) => ({
      name,
      dtype,
      shape: shape.map((dim) => (typeof dim === "number" ? dim : formatDim(dim))),
    }));
  return {
    file,
    bytes,
    format: { ...format },
    inputs: ports(signature.inputs),
    outputs: ports(signature.outputs),
  };
}
