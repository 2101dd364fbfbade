import { expect, test } from "vitest";
import type { RelayError } from "../../src/core/index.ts";
import { type Graph, GraphBuilder, normalize, type ValueType } from "../../src/graph/index.ts";
import { lower } from "../../src/lowering/index.ts";
import type { TensorBuffer } from "../../src/runtime/index.ts";
import { parseGraph } from "../graph/parse-graph.ts";
import { decodeModel } from "./onnx-model.ts";
import { floatsOf, runText } from "./run-model.ts";

function floats(...values: readonly number[]): TensorBuffer {
  return { dtype: "float32", shape: [values.length], bytes: new Uint8Array(Float32Array.from(values).buffer) };
}

function int(value: number): TensorBuffer {
  return { dtype: "int64", shape: [], bytes: new Uint8Array(BigInt64Array.of(BigInt(value)).buffer) };
}

function numberOf({ bytes }: TensorBuffer | undefined = int(0)): number {
  return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(0, true));
}

const CHOICE = `
  input x: %x: float32[2]
  %y: float32[2] = higher_order.cond(pred=PRED, true_fn={}, false_fn={}, operands=[%x])
    true_fn {
      input a: %a: float32[2]
      %b: float32[2] = aten.neg.default(self=%a)
      output b: %b
    }
    false_fn {
      input a: %a: float32[2]
      %b: float32[2] = aten.relu.default(self=%a)
      output b: %b
    }
  output y: %y
`;

test.each([
  ["true", "Neg", [-1, 2]],
  ["false", "Relu", [1, 0]],
])("of a condition that is always %s only one branch is in the model", (pred, op, wanted) => {
  const text = CHOICE.replace("PRED", pred);
  expect(decodeModel(lower(parseGraph(text)).onnx).nodes.map((node) => node.op)).toEqual([op]);
  expect(floatsOf(runText(text, floats(1, -2))[0] ?? floats())).toEqual(wanted);
});

const GROWING = `
  symbol s0 in [1, 64]
  symbol u0 in [0, 1000]
  input x: %x: float32[s0]
  input limit: %limit: int64[]
  %s: int64(s0) = aten.sym_size.int(self=%x, dim=0)
  %y: float32[u0] = higher_order.while_loop(cond_fn={}, body_fn={}, carried_inputs=[%x], additional_inputs=[%limit])
    cond_fn {
      input x: %x: float32[u0]
      input limit: %limit: int64[]
      %n: int64(u0) = aten.sym_size.int(self=%x, dim=0)
      %go: bool[] = aten.gt.Scalar(self=%limit, other=%n)
      output go: %go
    }
    body_fn {
      input x: %x: float32[u0]
      input limit: %limit: int64[]
      %n: int64(u0) = aten.sym_size.int(self=%x, dim=0)
      %scaled: float32[u0] = aten.mul.Scalar(self=%x, other=%n)
      %both: float32[2*u0] = aten.cat.default(tensors=[%x, %scaled], dim=0)
      output both: %both
    }
  %m: int64(u0) = aten.sym_size.int(self=%y, dim=0)
  output y: %y
  output m: %m
  output s: %s
`;

test.each([
  [5, [1, 1, 2, 2, 4, 4, 8, 8]],
  [2, [1, 1]],
  [1, [1]],
  [-1, [1]],
])("a loop may grow what it carries up to %d: every round and what follows see the sizes of then", (limit, wanted) => {
  const [y, m, s] = runText(GROWING, floats(1), int(limit));
  expect(floatsOf(y ?? floats())).toEqual(wanted);
  expect([numberOf(m), numberOf(s)]).toEqual([wanted.length, 1]);
});

const NUMBERS = `
  input limit: %limit: int64[]
  %i: int64, %f: float64, %b: bool = higher_order.while_loop(cond_fn={}, body_fn={}, carried_inputs=[0, 1, true], additional_inputs=[%limit])
    cond_fn {
      input i: %i: int64
      input f: %f: float64
      input b: %b: bool
      input limit: %limit: int64[]
      %go: bool[] = aten.gt.Scalar(self=%limit, other=%i)
      output go: %go
    }
    body_fn {
      input i: %i: int64
      input f: %f: float64
      input b: %b: bool
      input limit: %limit: int64[]
      %next: int64 = _operator.add(a=%i, b=1)
      %half: float64 = _operator.mul(a=%f, b=0.5)
      %not: bool = torch.sym_not(a=%b)
      output i: %next
      output f: %half
      output b: %not
    }
  output i: %i
  output f: %f
  output b: %b
`;

test.each([
  [0, 1, 1],
  [3, 0.125, 0],
])("numbers are carried through %d rounds", (rounds, half, flag) => {
  const [i, f, b] = runText(NUMBERS, int(rounds));
  expect(numberOf(i)).toBe(rounds);
  expect([...new Float64Array((f ?? int(0)).bytes.slice().buffer)]).toEqual([half]);
  expect([...(b ?? int(0)).bytes]).toEqual([flag]);
});

test("a call in the condition of a loop is reported once, with those of the body", () => {
  const text = GROWING.replace(
    "aten.gt.Scalar(self=%limit, other=%n)",
    "aten.unheard_of.default(self=%limit, other=%n)",
  );
  const broken = text.replace("aten.mul.Scalar", "aten.unheard_of.Scalar");
  try {
    lower(parseGraph(broken));
    expect.fail("it was lowered");
  } catch (error) {
    expect(error).toMatchObject({ code: "OPERATORS_UNSUPPORTED" });
    expect((error as RelayError).details["operators"]).toMatchObject([
      { target: "aten.unheard_of.default", count: 1 },
      { target: "aten.unheard_of.Scalar", count: 1 },
    ]);
  }
});

const INTEGER: ValueType = { kind: "tensor", dtype: "int64", shape: [] };
const CONDITION: ValueType = { ...INTEGER, dtype: "bool" };

function countDown(): Graph {
  const builder = new GraphBuilder();
  const x = builder.input("x", INTEGER);
  builder.output("y", builder.node("aten.sub.Scalar", { self: { value: x }, other: 1, alpha: 1 }, INTEGER));
  return builder.build();
}

/** Whether a loop, whose condition is a loop whose condition is a loop and so on, ends above zero. */
function conditionOfLoops(depth: number): Graph {
  const builder = new GraphBuilder();
  const x = builder.input("x", INTEGER);
  const args = { carried_inputs: [{ value: x }], additional_inputs: [], body_fn: { graph: countDown() } };
  const self =
    depth === 0
      ? x
      : builder.node("higher_order.while_loop", { cond_fn: { graph: conditionOfLoops(depth - 1) }, ...args }, INTEGER);
  builder.output("go", builder.node("aten.gt.Scalar", { self: { value: self }, other: 0 }, CONDITION));
  return builder.build();
}

test("loops in the conditions of loops are lowered as long as they are few", () => {
  expect(lower(normalize(conditionOfLoops(3))).onnx.byteLength).toBeLessThan(10_000);
  expect(() => lower(normalize(conditionOfLoops(20)))).toThrow(
    expect.objectContaining({ code: "LIMIT_EXCEEDED", details: expect.objectContaining({ limit: "graphNodes" }) }),
  );
});
