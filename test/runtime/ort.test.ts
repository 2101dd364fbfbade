import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, expect, test } from "vitest";
import { type LoweredModel, RelayError } from "../../src/core/index.ts";
import { normalize } from "../../src/graph/index.ts";
import { lower } from "../../src/lowering/index.ts";
import { OrtBackend, openSession, type SessionRef, type TensorBuffer } from "../../src/runtime/index.ts";
import { loadFile } from "../loader/programs.ts";

/** float32[n, 10] → float32[n, 1], exported by PyTorch 2.13. */
function linear(): LoweredModel {
  return lower(normalize(loadFile("linear-2.13.pt2").graph));
}

function floats(shape: readonly number[], fill = 0): TensorBuffer {
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(fill);
  return { dtype: "float32", shape, bytes: new Uint8Array(data.buffer) };
}

function numbers({ bytes }: TensorBuffer): number[] {
  return [...new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)];
}

const open: OrtBackend[] = [];

function newBackend(): OrtBackend {
  const backend = new OrtBackend();
  open.push(backend);
  return backend;
}

afterEach(() => {
  for (const backend of open.splice(0)) backend.close();
});

function codeOf(run: () => unknown): string {
  try {
    run();
    return "none";
  } catch (error) {
    return error instanceof RelayError ? error.code : String(error);
  }
}

const OPTIONS = { intraOpThreads: 1 };

test("bound outputs are written in place, others are copies", () => {
  const backend = newBackend();
  const session = backend.open(linear(), OPTIONS);
  const handle = backend.attach(session);
  const [input, output] = [floats([3, 10], 1), floats([3, 1], 7)];
  const inPlace = handle.bind([input], [output]);
  const copied = handle.bind([input], [undefined]);
  const [given] = inPlace.run();
  const [copy] = copied.run();
  expect(given).toBe(output);
  expect(numbers(output)).toEqual(numbers(copy as TensorBuffer));
  expect(copy?.shape).toEqual([3, 1]);
  expect(new Set(numbers(output)).size).toBe(1);
  inPlace.close();
  copied.close();
  backend.releaseSync(session);
});

test("a session serves handles of several backends", () => {
  const [a, b] = [newBackend(), newBackend()];
  const session: SessionRef = a.open(linear(), OPTIONS);
  const results = [a, b].map((backend) => {
    const binding = backend.attach(session).bind([floats([1, 10], 1)], [undefined]);
    const [output] = binding.run();
    binding.close();
    return numbers(output as TensorBuffer);
  });
  expect(results[0]).toEqual(results[1]);
  a.releaseSync(session);
});

test("other numbers of inputs or outputs than the session has never reach native code", () => {
  const backend = newBackend();
  const session = backend.open(linear(), OPTIONS);
  const handle = backend.attach(session);
  const x = floats([1, 10]);
  expect(() => handle.bind([x, x], [undefined])).toThrow(/2 inputs for a session that takes 1/);
  expect(() => handle.bind([], [undefined])).toThrow(/0 inputs for a session that takes 1/);
  expect(() => handle.bind([x], [undefined, undefined])).toThrow(/2 outputs for a session that gives 1/);
  backend.releaseSync(session);
});

test("a wrong shape or dtype is a typed error, and the session goes on", () => {
  const session = openSession(linear());
  const ints: TensorBuffer = { dtype: "int32", shape: [1, 10], bytes: new Uint8Array(40) };
  expect([floats([1, 9]), floats([10]), ints].map((input) => codeOf(() => session.run([input])))).toEqual([
    "INPUT_VALUE",
    "INPUT_VALUE",
    "INPUT_VALUE",
  ]);
  expect(session.run([floats([2, 10])])[0]?.shape).toEqual([2, 1]);
  session.close();
});

test("no rows give no rows", () => {
  const session = openSession(linear());
  expect(session.run([floats([0, 10])])[0]).toMatchObject({ shape: [0, 1], dtype: "float32" });
  session.close();
});

test("a run whose stop token is set is cancelled, and runs again after resume", () => {
  const backend = newBackend();
  const session = backend.open(linear(), OPTIONS);
  const token = backend.newStopToken();
  const stoppable = backend.attach(session).bind([floats([1, 10])], [undefined], token);
  const other = backend.attach(session).bind([floats([1, 10])], [undefined], backend.newStopToken());
  backend.stop(token);
  expect([codeOf(() => stoppable.run()), codeOf(() => other.run())]).toEqual(["CANCELLED", "none"]);
  backend.resume(token);
  expect(codeOf(() => stoppable.run())).toBe("none");
  stoppable.close();
  other.close();
  backend.releaseSync(session);
});

test("what native code points to survives garbage collection", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const backend = newBackend();
  const session = backend.open(linear(), OPTIONS);
  const binding = backend.attach(session).bind([floats([2, 10], 1)], [undefined]);
  const before = numbers(binding.run()[0] as TensorBuffer);
  for (let i = 0; i < 5; i++) {
    collect();
    expect(numbers(binding.run()[0] as TensorBuffer)).toEqual(before);
  }
  binding.close();
  backend.releaseSync(session);
});

test("a model that the runtime does not take is a typed error", () => {
  const broken = { onnx: new Uint8Array([1, 2, 3]), inputNames: ["x"], outputNames: ["y"] };
  expect(codeOf(() => openSession(broken))).toBe("RUN_FAILED");
});
