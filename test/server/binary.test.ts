import fc from "fast-check";
import { expect, test } from "vitest";
import { type DType, Tensor, type TypedArray } from "../../dist/index.js";
import { DIGITS, echoOf, failure, post, type Reply, serveEcho, serving } from "./serving.ts";

const HEADER = "inference-header-content-length";

const DATATYPES = {
  bool: "BOOL",
  uint8: "UINT8",
  uint16: "UINT16",
  uint32: "UINT32",
  uint64: "UINT64",
  int8: "INT8",
  int16: "INT16",
  int32: "INT32",
  int64: "INT64",
  float16: "FP16",
  bfloat16: "BF16",
  float32: "FP32",
  float64: "FP64",
} as const;

type Served = keyof typeof DATATYPES;
const ALL = Object.keys(DATATYPES) as Served[];
const WITH_JSON = ALL.filter((dtype) => dtype !== "float16" && dtype !== "bfloat16");

interface Message {
  readonly json: string;
  readonly tensors: readonly Uint8Array[];
}

async function postBinary(url: string, { json, tensors }: Message, length?: number): Promise<Response> {
  const body = Buffer.concat([Buffer.from(json), ...tensors]);
  const headers = { "content-type": "application/octet-stream", [HEADER]: String(length ?? Buffer.byteLength(json)) };
  return fetch(url, { method: "POST", body, headers });
}

async function refusal(url: string, message: Message, length?: number): Promise<[number, string]> {
  const response = await postBinary(url, message, length);
  const reply: Reply = { status: response.status, headers: response.headers, text: await response.text() };
  return failure(reply);
}

interface Output {
  readonly name: string;
  readonly parameters?: { readonly binary_data_size: number };
  readonly data?: readonly unknown[];
}

/** The outputs of a binary answer, with the bytes of each. */
async function readBinary(response: Response): Promise<{ outputs: readonly Output[]; bytes: readonly Uint8Array[] }> {
  const body = new Uint8Array(await response.arrayBuffer());
  expect(response.status, new TextDecoder().decode(body)).toBe(200);
  let at = Number(response.headers.get(HEADER));
  const { outputs } = JSON.parse(new TextDecoder().decode(body.subarray(0, at))) as { outputs: readonly Output[] };
  const bytes = outputs.map(({ parameters }) => {
    at += parameters?.binary_data_size ?? 0;
    return body.subarray(at - (parameters?.binary_data_size ?? 0), at);
  });
  expect(at).toBe(body.length);
  return { outputs, bytes };
}

const ARRAYS: Readonly<Record<Served, (bytes: ArrayBuffer) => TypedArray>> = {
  bool: (bytes) => new Uint8Array(bytes).map((byte) => byte & 1),
  uint8: (bytes) => new Uint8Array(bytes),
  uint16: (bytes) => new Uint16Array(bytes),
  uint32: (bytes) => new Uint32Array(bytes),
  uint64: (bytes) => new BigUint64Array(bytes),
  int8: (bytes) => new Int8Array(bytes),
  int16: (bytes) => new Int16Array(bytes),
  int32: (bytes) => new Int32Array(bytes),
  int64: (bytes) => new BigInt64Array(bytes),
  float16: (bytes) => new Uint16Array(bytes),
  bfloat16: (bytes) => new Uint16Array(bytes),
  float32: (bytes) => new Float32Array(bytes),
  float64: (bytes) => new Float64Array(bytes),
};

function sizeOf(dtype: Served): number {
  return ARRAYS[dtype](new ArrayBuffer(0)).BYTES_PER_ELEMENT;
}

/** A tensor for each dtype, of any bits, with the same rows. */
function anyTensors(dtypes: readonly Served[]): fc.Arbitrary<readonly Tensor[]> {
  return fc.tuple(fc.nat(3), fc.nat(3)).chain(([rows, columns]) => {
    const tensors = dtypes.map((dtype) => {
      const length = rows * columns * sizeOf(dtype);
      return fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => {
        const data = ARRAYS[dtype](Uint8Array.from(bytes).buffer);
        return new Tensor(dtype as DType, data, [rows, columns]);
      });
    });
    return fc.tuple(...tensors);
  });
}

function header({ dtype, shape }: Tensor): { name: string; datatype: string; shape: readonly number[] } {
  return { name: `x_${dtype}`, datatype: DATATYPES[dtype as Served], shape };
}

function binaryMessage(tensors: readonly Tensor[], more: object = {}): Message {
  const inputs = tensors.map((tensor) => ({
    ...header(tensor),
    parameters: { binary_data_size: tensor.bytes.byteLength },
  }));
  return { json: JSON.stringify({ inputs, ...more }), tensors: tensors.map(({ bytes }) => bytes) };
}

/** As a client in JavaScript would write it, but for long integers. */
function jsonData({ data }: Tensor): string {
  const texts = Array.from(data as ArrayLike<number | bigint>, (value) => {
    if (Object.is(value, -0)) return "-0.0";
    return Number.isFinite(Number(value)) ? String(value) : `"${value}"`;
  });
  return `[${texts.join()}]`;
}

function jsonMessage(tensors: readonly Tensor[], more = ""): string {
  const inputs = tensors.map((tensor) => `${JSON.stringify(header(tensor)).slice(0, -1)},"data":${jsonData(tensor)}}`);
  return `{"inputs":[${inputs.join()}]${more}}`;
}

/** NaNs may lose their payload on their way through a number. */
function sameNumbers(dtype: DType, bytes: Uint8Array, expected: Tensor): void {
  const received = ARRAYS[dtype as Served](Uint8Array.from(bytes).buffer);
  expect(received).toEqual(expected.data);
}

test("tensors of every dtype go through as binary data, bit by bit", async () => {
  const { url } = await serveEcho(echoOf(ALL));
  await fc.assert(
    fc.asyncProperty(anyTensors(ALL), async (tensors) => {
      const message = binaryMessage(tensors, { parameters: { binary_data_output: true } });
      const { bytes } = await readBinary(await postBinary(`${url}/v2/models/echo/infer`, message));
      expect(bytes.map((part) => [...part])).toEqual(tensors.map((tensor) => [...tensor.bytes]));
    }),
    { numRuns: 40 },
  );
});

test("JSON and binary data say the same, in both directions", async () => {
  const { url } = await serveEcho(echoOf(WITH_JSON));
  const infer = `${url}/v2/models/echo/infer`;
  await fc.assert(
    fc.asyncProperty(anyTensors(WITH_JSON), async (tensors) => {
      const asBinary = await fetch(infer, {
        method: "POST",
        body: jsonMessage(tensors, ',"parameters":{"binary_data_output":true}'),
        headers: { "content-type": "application/json" },
      });
      const { bytes } = await readBinary(asBinary);
      for (const [i, tensor] of tensors.entries()) sameNumbers(tensor.dtype, bytes[i] as Uint8Array, tensor);
      const fromJson = await post(infer, jsonMessage(tensors));
      const fromBinary = await postBinary(infer, binaryMessage(tensors));
      expect(await fromBinary.text()).toBe(fromJson.text);
    }),
    { numRuns: 40 },
  );
});

test("each output chooses its form", async () => {
  const { url } = await serveEcho(echoOf(["float16", "int32"]));
  const float16 = new Tensor("float16", Uint16Array.of(0x3c00, 0x7e00), [1, 2]);
  const int32 = new Tensor("int32", Int32Array.of(5, 6), [1, 2]);
  const outputs = [{ name: "y_int32", parameters: { binary_data: false } }, { name: "y_float16" }];
  const message = binaryMessage([float16, int32], { outputs, parameters: { binary_data_output: true } });
  const answer = await readBinary(await postBinary(`${url}/v2/models/echo/infer`, message));
  expect(answer.outputs).toMatchObject([{ data: [5, 6] }, { parameters: { binary_data_size: 4 } }]);
  expect([...(answer.bytes[1] as Uint8Array)]).toEqual([...float16.bytes]);
});

test("16-bit floats have no JSON form, and the refusal says what to do", async () => {
  const { url } = await serveEcho(echoOf(["bfloat16"]));
  const infer = `${url}/v2/models/echo/infer`;
  const tensor = new Tensor("bfloat16", Uint16Array.of(0x3f80), [1, 1]);
  expect(await refusal(infer, binaryMessage([tensor]))).toEqual([400, "REQUEST_INVALID"]);
  const { text } = await post(infer, jsonMessage([tensor]));
  expect(text).toContain("BF16, which has no JSON form; send and ask for it as binary data");
});

test("lengths that contradict each other are refused", async () => {
  const { url } = await serveEcho(echoOf(["int32"]));
  const infer = `${url}/v2/models/echo/infer`;
  const good = binaryMessage([new Tensor("int32", Int32Array.of(1, 2), [1, 2])]);
  const sized = (size: unknown, shape = [1, 2]): Message => ({
    ...good,
    json: JSON.stringify({
      inputs: [{ name: "x_int32", datatype: "INT32", shape, parameters: { binary_data_size: size } }],
    }),
  });
  expect((await postBinary(infer, good)).status).toBe(200);
  const bad: [Message, number?][] = [
    [sized(4)],
    [sized(12)],
    [sized(-8)],
    [sized("8")],
    [sized(8, [1, 3])],
    [{ ...good, tensors: [...good.tensors, new Uint8Array(1)] }],
    [{ ...good, tensors: [] }],
    [good, 1000],
    [good, 5],
  ];
  for (const [i, [message, length]] of bad.entries()) {
    expect(await refusal(infer, message, length), String(i)).toEqual([400, "REQUEST_INVALID"]);
  }
  const headers = { [HEADER]: "many" };
  expect(failure(await post(infer, good.json, headers))).toEqual([400, "REQUEST_INVALID"]);
});

test("a BOOL is 0 or 1", async () => {
  const { url } = await serveEcho(echoOf(["bool"]));
  const message = binaryMessage([new Tensor("bool", Uint8Array.of(0, 2), [1, 2])]);
  expect(await refusal(`${url}/v2/models/echo/infer`, message)).toEqual([400, "REQUEST_INVALID"]);
});

test("a body may be nothing but the data of the one input", async () => {
  const { engine, server, url } = await serving();
  await server.load("digits", DIGITS);
  const x = new Tensor("float32", new Float32Array(784).fill(0.5), [1, 1, 28, 28]);
  const { logits } = await (await engine.load(DIGITS)).infer({ x });
  const raw = { json: "", tensors: [x.bytes] };
  const { outputs, bytes } = await readBinary(await postBinary(`${url}/v2/models/digits/infer`, raw));
  expect(outputs).toMatchObject([{ name: "logits", datatype: "FP32", shape: [1, 10] }]);
  sameNumbers("float32", bytes[0] as Uint8Array, logits as Tensor);
  const short = { json: "", tensors: [x.bytes.subarray(4)] };
  expect(await refusal(`${url}/v2/models/digits/infer`, short)).toEqual([400, "REQUEST_INVALID"]);
});

test("raw data finds out one variable dimension, and is only for models of one input", async () => {
  const one = await serveEcho(echoOf(["int32"]));
  const raw = { json: "", tensors: [new Uint8Array(12)] };
  const { outputs } = await readBinary(await postBinary(`${one.url}/v2/models/echo/infer`, raw));
  expect(outputs).toMatchObject([{ shape: [1, 3] }]);
  const odd = { json: "", tensors: [new Uint8Array(10)] };
  expect(await refusal(`${one.url}/v2/models/echo/infer`, odd)).toEqual([400, "REQUEST_INVALID"]);
  const two = await serveEcho(echoOf(["int32", "int8"]));
  expect(await refusal(`${two.url}/v2/models/echo/infer`, raw)).toEqual([400, "REQUEST_INVALID"]);
});
