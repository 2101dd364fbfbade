import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeProtobuf, FileSource, MemorySource, type ProtobufFields } from "../../src/container/index.ts";
import { DTYPES, type ErrorCode, type LoweredModel, RelayError } from "../../src/core/index.ts";
import { loadOnnx, type OnnxModel } from "../../src/loader/index.ts";
import { expectRefusal } from "../container/expect-refusal.ts";
import { floatsOf, runModel } from "../lowering/run-model.ts";

const FOLDER = "test/fixtures/onnx/";

interface Packed {
  readonly shape: readonly number[];
  readonly base64: string;
}

const golden: { readonly input: Packed; readonly output: Packed } = JSON.parse(
  readFileSync(`${FOLDER}cnn.json`, "utf8"),
);

/** Of a convolution and a linear layer. */
const CNN_PARAMETERS = 3 * 9 + 3 + (4 * 27 + 4);

function bytesOf({ base64 }: Packed): Uint8Array {
  return new Uint8Array(Buffer.from(base64, "base64"));
}

function loadFile(file: string): OnnxModel {
  const source = new FileSource(file);
  try {
    return loadOnnx(source);
  } finally {
    source.close();
  }
}

function expectPyTorch(model: LoweredModel): void {
  const input = { dtype: "float32", shape: golden.input.shape, bytes: bytesOf(golden.input) } as const;
  const given = runModel(model, input).flatMap(floatsOf);
  const wanted = [...new Float32Array(bytesOf(golden.output).buffer)];
  expect(given).toHaveLength(wanted.length);
  for (const [i, value] of wanted.entries()) expect(given[i]).toBeCloseTo(value, 5);
}

describe.each(["cnn.onnx", "cnn-external.onnx"])("%s", (name) => {
  test("tells what it takes, without the weights among the inputs, and computes what PyTorch does", () => {
    const { model, signature, format } = loadFile(FOLDER + name);
    const batch = { op: "symbol", name: "batch" };
    expect(signature).toEqual({
      inputs: [{ name: "x", dtype: "float32", shape: [batch, 1, 5, 5] }],
      outputs: [{ name: "y", dtype: "float32", shape: [batch, 4] }],
      symbols: { batch: { min: 0, max: Number.POSITIVE_INFINITY } },
    });
    expect(format.container).toBe("ONNX model");
    expect(format.schemaVersion).toMatch(/^opset \d+$/);
    expect(model.externalFolder).toBe(name === "cnn.onnx" ? undefined : path.resolve(FOLDER));
    expect(model.readWeightBytes).toBe(4 * CNN_PARAMETERS);
    expectPyTorch(model);
  });

  test("with bytes changed it loads or is refused", () => {
    const whole = readFileSync(FOLDER + name);
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), fc.nat(whole.length), (changes, length) => {
        const bytes = Uint8Array.from(whole);
        for (const [at, value] of changes) bytes[at] = value;
        loadOrRefuse(bytes);
        loadOrRefuse(whole.subarray(0, length));
      }),
      { numRuns: 300 },
    );
  });
});

/** Any error but a RelayError is the test's failure. */
function loadOrRefuse(bytes: Uint8Array): void {
  try {
    loadOnnx(new MemorySource(bytes, "model.onnx"));
  } catch (error) {
    if (!(error instanceof RelayError)) throw error;
  }
}

// As https://github.com/onnx/onnx/blob/main/onnx/onnx.proto has it, for models by hand.
const ENTRY: ProtobufFields = { key: [1, "string"], value: [2, "string"] };
const TENSOR: ProtobufFields = {
  name: [8, "string"],
  externalData: [13, { fields: ENTRY }],
  dataLocation: [14, "int64"],
};
const SPARSE: ProtobufFields = { values: [1, { fields: TENSOR }], indices: [2, { fields: TENSOR }] };
const INNER_ATTRIBUTE: ProtobufFields = { t: [5, { fields: TENSOR }], tensors: [10, { fields: TENSOR }] };
const INNER_NODE: ProtobufFields = { attribute: [5, { fields: INNER_ATTRIBUTE }] };
const INNER_GRAPH: ProtobufFields = { node: [1, { fields: INNER_NODE }], initializer: [5, { fields: TENSOR }] };
const ATTRIBUTE: ProtobufFields = {
  ...INNER_ATTRIBUTE,
  g: [6, { fields: INNER_GRAPH }],
  graphs: [11, { fields: INNER_GRAPH }],
  sparseTensor: [22, { fields: SPARSE }],
};
const NODE: ProtobufFields = { attribute: [5, { fields: ATTRIBUTE }] };
const DIM: ProtobufFields = { dimValue: [1, "int64"], dimParam: [2, "string"] };
const SHAPE: ProtobufFields = { dim: [1, { fields: DIM }] };
const TENSOR_TYPE: ProtobufFields = { elemType: [1, "int64"], shape: [2, { fields: SHAPE }] };
const TYPE: ProtobufFields = { tensorType: [1, { fields: TENSOR_TYPE }] };
const VALUE: ProtobufFields = { name: [1, "string"], type: [2, { fields: TYPE }] };
const GRAPH: ProtobufFields = {
  node: [1, { fields: NODE }],
  initializer: [5, { fields: TENSOR }],
  input: [11, { fields: VALUE }],
  sparseInitializer: [15, { fields: SPARSE }],
};
const FUNCTION: ProtobufFields = { node: [7, { fields: NODE }] };
const TRAINING: ProtobufFields = { algorithm: [2, { fields: GRAPH }] };
const MODEL: ProtobufFields = {
  irVersion: [1, "int64"],
  graph: [7, { fields: GRAPH }],
  trainingInfo: [20, { fields: TRAINING }],
  functions: [25, { fields: FUNCTION }],
};

type Message = Parameters<typeof encodeProtobuf>[1];

function modelOf(message: Message): Uint8Array {
  return encodeProtobuf(MODEL, { irVersion: 8, ...message });
}

function external(location: string, more: readonly Message[] = []): Message {
  return { name: "w", externalData: [{ key: "location", value: location }, ...more], dataLocation: 1 };
}

/** A model's file in a new folder, beside the file `w.bin` of 8 bytes and one in a folder of its own. */
function write(message: Message): string {
  const outer = mkdtempSync(path.join(tmpdir(), "torchrelay-onnx-"));
  const folder = path.join(outer, "model");
  mkdirSync(path.join(folder, "data"), { recursive: true });
  for (const file of ["secret", "model/w.bin", "model/data/w.bin"])
    writeFileSync(path.join(outer, file), new Uint8Array(8));
  symlinkSync("../secret", path.join(folder, "link"));
  symlinkSync("..", path.join(folder, "up"));
  symlinkSync("/dev/zero", path.join(folder, "device"));
  symlinkSync("circle", path.join(folder, "circle"));
  execFileSync("mkfifo", [path.join(folder, "pipe")]);
  writeFileSync(path.join(folder, "model.onnx"), modelOf(message));
  return path.join(folder, "model.onnx");
}

const holding = (tensor: Message): Message => ({ graph: { initializer: [tensor] } });

test.each(["w.bin", "data/w.bin"])("data at %s, in the model's folder or below, are accepted", (location) => {
  const { model } = loadFile(
    write(
      holding(
        external(location, [
          { key: "offset", value: "4" },
          { key: "length", value: "4" },
        ]),
      ),
    ),
  );
  expect(model.externalFolder).toMatch(/model$/);
});

test.each<[string, ErrorCode, RegExp]>([
  ["../secret", "MODEL_UNSUPPORTED", /outside the model's folder/],
  ["data/../../secret", "MODEL_UNSUPPORTED", /outside the model's folder/],
  ["/etc/passwd", "MODEL_UNSUPPORTED", /outside the model's folder/],
  ["C:/secret", "MODEL_UNSUPPORTED", /outside the model's folder/],
  ["..\\secret", "MODEL_UNSUPPORTED", /outside the model's folder/],
  ["*/_ORT_MEM_ADDR_/*", "MODEL_UNSUPPORTED", /outside the model's folder/],
  ["", "MODEL_UNSUPPORTED", /outside the model's folder/],
  ["link", "MODEL_UNSUPPORTED", /a link out of the model's folder/],
  ["up/secret", "MODEL_UNSUPPORTED", /a link out of the model's folder/],
  ["data", "FILE_CORRUPT", /are no file/],
  ["pipe", "FILE_CORRUPT", /are no file/],
  ["device", "MODEL_UNSUPPORTED", /a link out of the model's folder/],
  ["circle", "FILE_UNREADABLE", /data are not there/],
  ["./w.bin", "MODEL_UNSUPPORTED", /outside the model's folder/],
  ["data//w.bin", "MODEL_UNSUPPORTED", /outside the model's folder/],
  ["w.bin\0.png", "MODEL_UNSUPPORTED", /outside the model's folder/],
  ["file:///etc/passwd", "MODEL_UNSUPPORTED", /outside the model's folder/],
  ["//server/share", "MODEL_UNSUPPORTED", /outside the model's folder/],
  ["nowhere", "FILE_UNREADABLE", /data are not there/],
])("data at %j are refused", (location, code, message) => {
  expectRefusal(() => loadFile(write(holding(external(location)))), code, message);
});

const AWAY = external("../secret");
const AWAY_GRAPH: Message = { initializer: [AWAY] };
const inNode = (attribute: Message): Message => ({ node: [{ attribute: [attribute] }] });

test.each<[string, Message]>([
  ["a constant", { graph: inNode({ t: AWAY }) }],
  ["a list of constants", { graph: inNode({ tensors: [external("w.bin"), AWAY] }) }],
  ["a sparse constant", { graph: inNode({ sparseTensor: { values: AWAY } }) }],
  ["a sparse weight", { graph: { sparseInitializer: [{ indices: AWAY }] } }],
  ["a branch", { graph: inNode({ g: AWAY_GRAPH }) }],
  ["one of several branches", { graph: inNode({ graphs: [{}, inNode({ t: AWAY })] }) }],
  ["a function", { graph: {}, functions: [inNode({ t: AWAY })] }],
  ["the training graph", { graph: {}, trainingInfo: [{ algorithm: AWAY_GRAPH }] }],
  ["a weight that is not marked as external", { graph: { initializer: [{ ...AWAY, dataLocation: 0 }] } }],
])("the data of %s are confined like any other", (_, message) => {
  expectRefusal(() => loadFile(write(message)), "MODEL_UNSUPPORTED", /outside the model's folder/);
});

test.each<[string, Message, ErrorCode, RegExp]>([
  ["no graph", {}, "FILE_CORRUPT", /has no graph/],
  ["two graphs", { graph: [{}, AWAY_GRAPH] }, "FILE_CORRUPT", /field graph occurs twice/],
  ["two locations", holding(external("w.bin", [{ key: "location", value: "x" }])), "FILE_CORRUPT", /says twice/],
  [
    "data beyond the file",
    holding(external("w.bin", [{ key: "length", value: "9" }])),
    "FILE_CORRUPT",
    /beyond the 8 bytes/,
  ],
  [
    "data that begin beyond the file",
    holding(external("w.bin", [{ key: "offset", value: "9" }])),
    "FILE_CORRUPT",
    /beyond the 8 bytes/,
  ],
  [
    "a length beyond all numbers",
    holding(external("w.bin", [{ key: "length", value: "9".repeat(40) }])),
    "FILE_CORRUPT",
    /beyond the 8 bytes/,
  ],
  [
    "a negative offset",
    holding(external("w.bin", [{ key: "offset", value: "-1" }])),
    "FILE_CORRUPT",
    /beyond the 8 bytes/,
  ],
  [
    "an input of texts",
    { graph: { input: [{ name: "t", type: { tensorType: { elemType: 8 } } }] } },
    "MODEL_UNSUPPORTED",
    /t, which is no tensor/,
  ],
  [
    "an input of unknown rank",
    { graph: { input: [{ name: "t", type: { tensorType: { elemType: 1 } } }] } },
    "MODEL_UNSUPPORTED",
    /t of unknown rank/,
  ],
])("a model with %s is refused", (_, message, code, problem) => {
  expectRefusal(() => loadFile(write(message)), code, problem);
});

test("sizes without a number become symbols of their own", () => {
  const dims = [{ dimValue: 2 }, { dimParam: "n" }, {}, { dimValue: -1 }];
  const type = { tensorType: { elemType: DTYPES.int64.onnx, shape: { dim: dims } } };
  const bytes = modelOf({ graph: { input: [{ name: "t", type }] } });
  const { signature } = loadOnnx(new MemorySource(bytes, "model.onnx"));
  const symbols = ["n", "t_dim_2", "t_dim_3"].map((name) => ({ op: "symbol", name }));
  expect(signature.inputs).toEqual([{ name: "t", dtype: "int64", shape: [2, ...symbols] }]);
});

test("data in other files need a folder", () => {
  const source = new MemorySource(modelOf(holding(external("w.bin"))), "model.onnx");
  expectRefusal(() => loadOnnx(source), "MODEL_UNSUPPORTED", /give the path of the model/);
});
