import { type ByteSource, FileSource, MemorySource } from "../container/index.ts";
import { asPairs, RelayError, type Signature, type SizedModel, type Tensor } from "../core/index.ts";
import { allNodes, atSomeSizes, batchSymbol, type Graph, type GraphInput, normalize } from "../graph/index.ts";
import { identify, loadOnnx, loadProgram } from "../loader/index.ts";
import { lower } from "../lowering/index.ts";
import type { OrtBackend, TensorBuffer } from "../runtime/index.ts";
import type { LoadedModel, LoadSettings, ModelSource } from "./protocol.ts";

/** A run that reads so many bytes of weights is long enough to be shared by threads (docs/adr/0006). */
const LARGE_WEIGHT_BYTES = 64 * 2 ** 20;

/** Numbers are passed as tensors without axes. */
function spec({ name, value: { type } }: GraphInput): Signature["inputs"][number] {
  return { name, dtype: type.dtype, shape: type.kind === "tensor" ? type.shape : [] };
}

/** What a normalised graph takes and gives. */
function signatureOf(graph: Graph): Signature {
  const batch = batchSymbol(graph);
  return {
    inputs: graph.inputs.map(spec),
    outputs: graph.outputs.map(spec),
    symbols: graph.symbols,
    ...(batch !== undefined && { batchSymbol: batch }),
    ...(allNodes(graph).some(({ target }) => target === "higher_order.while_loop") && { hasLoops: true }),
  };
}

function buffer(tensor: Tensor): TensorBuffer {
  const { dtype, shape, bytes } = asPairs(tensor);
  return { dtype, shape, bytes };
}

type FileModelSource = Extract<ModelSource, { kind: "path" | "bytes" }>;

function openSource(source: FileModelSource): FileSource | MemorySource {
  return source.kind === "path" ? new FileSource(source.path) : new MemorySource(source.bytes, source.name);
}

/** Results are objects by name, in which this one name cannot stand. */
function withUsableNames(signature: Signature): Signature {
  const { inputs, outputs } = signature;
  if (![...inputs, ...outputs].some(({ name }) => name === "__proto__")) return signature;
  const feature = "an input or output called __proto__";
  throw new RelayError("MODEL_UNSUPPORTED", { file: "the model", feature, hint: "give it another name" });
}

function openLowered(
  model: SizedModel,
  signature: Signature,
  backend: OrtBackend,
  { threads }: LoadSettings,
): LoadedModel {
  const intraOpThreads = model.readWeightBytes < LARGE_WEIGHT_BYTES ? threads.small : threads.large;
  return { signature: withUsableNames(signature), intraOpThreads, session: backend.open(model, { intraOpThreads }) };
}

function openGraph(raw: Graph, name: string, backend: OrtBackend, options: LoadSettings): LoadedModel {
  const graph = normalize(raw);
  const { allowNondeterministic = false } = options;
  return openLowered(lower(graph, { name, allowNondeterministic }), signatureOf(graph), backend, options);
}

/** ORT_NOT_IMPLEMENTED. */
const NOT_IMPLEMENTED = 9;

/** What the runtime says of a file that it does not take, which is the file's fault. */
function onnxRefusal(file: string, error: unknown): unknown {
  if (!(error instanceof RelayError) || error.code !== "RUN_FAILED") return error;
  const reason = String(error.details["reason"]).trim();
  if (error.details["ortCode"] !== NOT_IMPLEMENTED) {
    return new RelayError("FILE_CORRUPT", { file, problem: reason }, { cause: error });
  }
  const hint = "use operators that ONNX Runtime has for CPUs";
  return new RelayError("MODEL_UNSUPPORTED", { file, feature: reason, hint }, { cause: error });
}

/** An ONNX model goes to the runtime as it is. */
function openOnnx(file: ByteSource, backend: OrtBackend, options: LoadSettings): LoadedModel {
  const { model, signature } = loadOnnx(file);
  try {
    return openLowered(model, signature, backend, options);
  } catch (error) {
    throw onnxRefusal(file.name, error);
  }
}

function loadFile(source: FileModelSource, backend: OrtBackend, options: LoadSettings): LoadedModel {
  const file = openSource(source);
  try {
    if (identify(file).format === "onnx") return openOnnx(file, backend, options);
    const program = loadProgram(file, source.script);
    const { sampleInputs } = program;
    const opened = atSomeSizes(program, ({ graph }) => openGraph(graph, file.name, backend, options));
    const isComplete = sampleInputs?.length === opened.signature.inputs.length;
    return { ...opened, ...(sampleInputs && isComplete && { sampleInputs: sampleInputs.map(buffer) }) };
  } finally {
    file.close();
  }
}

/** Reads, lowers and opens a model. Blocks: only workers call it. */
export function loadModel(source: ModelSource, backend: OrtBackend, options: LoadSettings): LoadedModel {
  if (source.kind === "session") {
    const { session, signature } = source;
    return { session, signature, intraOpThreads: options.threads.small };
  }
  if (source.kind === "graph") return openGraph(source.graph, "the module", backend, options);
  return loadFile(source, backend, options);
}
