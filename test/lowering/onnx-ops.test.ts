import { expect, test } from "vitest";
import { encodeProtobuf } from "../../src/container/index.ts";
import { DTYPES, type DType, numel } from "../../src/core/index.ts";
import { Emitter } from "../../src/lowering/emitter.ts";
import { ModelBuilder } from "../../src/lowering/model-builder.ts";
import { kernelDType, ONNX_OPS, type OnnxOpName } from "../../src/lowering/onnx-ops.ts";
import { MODEL_FIELDS } from "../../src/lowering/onnx-proto.ts";
import type { Operand, ShapedOperand } from "../../src/lowering/operand.ts";
import { inPlace } from "../../src/lowering/placement.ts";
import { openSession } from "../../src/runtime/index.ts";

const NAMES = Object.keys(ONNX_OPS) as OnnxOpName[];

/** A model of one node; its inputs are all of the dtype under test. */
class Bench {
  readonly dtype: DType;
  readonly emit: Emitter;
  readonly inputs: ShapedOperand[] = [];
  readonly #model = new ModelBuilder([]);

  constructor(dtype: DType) {
    this.dtype = dtype;
    this.emit = new Emitter(this.#model, "bench");
  }

  input(...shape: readonly number[]): Operand {
    const operand = { name: this.#model.uniqueName("input"), dtype: this.dtype, shape };
    this.#model.input(operand);
    this.inputs.push(operand);
    return operand;
  }

  ints(...values: readonly number[]): Operand {
    return this.emit.int64s(values);
  }

  /** Runs the model on inputs of which every byte is 1. @throws RelayError when there is no kernel */
  run(result: Operand): void {
    this.#model.output({ name: "output", dtype: result.dtype, shape: [{ op: "opaque", text: "any" }] }, result);
    const onnx = encodeProtobuf(MODEL_FIELDS, this.#model.build("bench", inPlace));
    const inputNames = this.inputs.map(({ name }) => name);
    const session = openSession({ onnx, inputNames, outputNames: ["output"] });
    try {
      session.run(
        this.inputs.map(({ dtype, shape }) => {
          const sizes = shape as readonly number[];
          return { dtype, shape: sizes, bytes: new Uint8Array(numel(sizes) * DTYPES[dtype].bytes).fill(1) };
        }),
      );
    } finally {
      session.close();
    }
  }
}

type Example = (bench: Bench, op: OnnxOpName) => Operand;

const unary: Example = (bench, op) => bench.emit.op(op, [bench.input(4)]);
const binary: Example = (bench, op) => bench.emit.op(op, [bench.input(4), bench.input(4)]);
const matrices: Example = (bench, op) => bench.emit.op(op, [bench.input(4, 4), bench.input(4, 4)]);
const image: Example = (bench, op) => bench.emit.op(op, [bench.input(1, 4, 4, 4)], { kernel_shape: [2, 2] });
/** Two gates' worth of rows for each of `gates` gates. */
const recurrent =
  (gates: number): Example =>
  (b, op) =>
    b.emit.ops(
      op,
      [b.input(3, 1, 4), b.input(1, gates * 2, 4), b.input(1, gates * 2, 2)],
      { hidden_size: 2 },
      1,
    )[0] as Operand;

const convolution: Example = (bench, op) => bench.emit.op(op, [bench.input(1, 2, 4, 4), bench.input(2, 2, 3, 3)]);
const overAxis: Example = (bench, op) => bench.emit.op(op, [bench.input(2, 4), bench.ints(1)]);
const toShape: Example = (bench, op) => bench.emit.op(op, [bench.input(1, 4), bench.ints(1, 4)]);
const scatter: Example = (bench, op) =>
  bench.emit.op(
    op,
    [bench.input(4), bench.emit.constant("int64", [1], [1, 1].slice(op === "ScatterND" ? 0 : 1)), bench.input(1)],
    {
      reduction: "add",
    },
  );

const branches: Example = (bench) => {
  const input = bench.input(4);
  const [yes, no] = [bench.emit.branch().close([input]), bench.emit.branch().close([input])];
  const bodies = { then_branch: yes, else_branch: no };
  return bench.emit.run("If", [bench.emit.constant("bool", true)], { bodies, dtypes: [bench.dtype] })[0] as Operand;
};

const loop: Example = (bench) => {
  const round = bench.emit.round();
  for (const dtype of ["int64", "bool"] as const) round.input("count", { dtype, shape: [] });
  const carried = round.input("carried", { dtype: bench.dtype });
  const running = { bodies: { body: round.close([round.constant("bool", false), carried]) }, dtypes: [bench.dtype] };
  return bench.emit.run("Loop", [undefined, bench.emit.constant("bool", true), bench.input(4)], running)[0] as Operand;
};

const scan: Example = (bench) => {
  const round = bench.emit.round();
  const slice = round.input("slice", { dtype: bench.dtype });
  const bodies = { body: round.close([{ ...slice, shape: [4] }]) };
  const running = { bodies, attributes: { num_scan_inputs: 1 }, dtypes: [bench.dtype] };
  return bench.emit.run("Scan", [bench.input(3, 4)], running)[0] as Operand;
};

const EXAMPLES: Readonly<Partial<Record<OnnxOpName, Example>>> = {
  Add: binary,
  And: binary,
  AveragePool: image,
  BatchNormalization: (b, op) => b.emit.op(op, [b.input(1, 2, 4), b.input(2), b.input(2), b.input(2), b.input(2)]),
  BitwiseAnd: binary,
  BitwiseOr: binary,
  BitwiseXor: binary,
  Cast: (b) => b.emit.cast(b.emit.cast(b.input(4), "float64"), b.dtype),
  Clip: (b, op) => b.emit.op(op, [b.input(4), b.input(), b.input()]),
  Col2Im: (b, op) => b.emit.op(op, [b.input(1, 4, 9), b.ints(4, 4), b.ints(2, 2)]),
  Concat: (b, op) => b.emit.op(op, [b.input(2), b.input(3)], { axis: 0 }),
  Conv: convolution,
  ConvTranspose: convolution,
  CumSum: (b, op) => b.emit.op(op, [b.input(4), b.emit.int64(0)]),
  DFT: (b, op) => b.emit.op(op, [b.input(1, 4, 2), undefined, b.emit.int64(1)]),
  DeformConv: (b, op) => b.emit.op(op, [b.input(1, 1, 3, 3), b.input(1, 1, 1, 1), b.input(1, 2, 3, 3)]),
  DepthToSpace: (b, op) => b.emit.op(op, [b.input(1, 4, 2, 2)], { blocksize: 2, mode: "CRD" }),
  Div: binary,
  Einsum: (b, op) => b.emit.op(op, [b.input(2, 3), b.input(3, 4)], { equation: "ij,jk->ik" }),
  Equal: binary,
  Expand: toShape,
  Gather: (b, op) => b.emit.op(op, [b.input(4), b.ints(1)], { axis: 0 }),
  GatherElements: (b, op) => b.emit.op(op, [b.input(4), b.ints(1)], { axis: 0 }),
  GatherND: (b, op) => b.emit.op(op, [b.input(4), b.emit.constant("int64", [1], [1, 1])]),
  Gemm: matrices,
  Greater: binary,
  GreaterOrEqual: binary,
  GRU: recurrent(3),
  GridSample: (b, op) => b.emit.op(op, [b.input(1, 1, 4, 4), b.input(1, 2, 2, 2)]),
  If: branches,
  InstanceNormalization: (b, op) => b.emit.op(op, [b.input(1, 2, 4), b.input(2), b.input(2)]),
  LSTM: recurrent(4),
  RNN: recurrent(1),
  LayerNormalization: (b, op) => b.emit.op(op, [b.input(2, 4), b.input(4), b.input(4)]),
  Less: binary,
  LessOrEqual: binary,
  Loop: loop,
  MatMul: matrices,
  Max: binary,
  MaxPool: image,
  Min: binary,
  Mod: (b, op) => b.emit.op(op, [b.input(4), b.input(4)], { fmod: DTYPES[b.dtype].category === "float" ? 1 : 0 }),
  Mul: binary,
  NonMaxSuppression: (b, op) => b.emit.op(op, [b.input(1, 3, 4), b.input(1, 1, 3), b.ints(3), b.input(1)]),
  Or: binary,
  PRelu: binary,
  Pad: (b, op) => b.emit.op(op, [b.input(4), b.ints(1, 1), b.input()]),
  Pow: binary,
  Range: (b, op) =>
    b.emit.op(op, [b.emit.constant(b.dtype, 0), b.emit.constant(b.dtype, 4), b.emit.constant(b.dtype, 1)]),
  ReduceL1: overAxis,
  ReduceL2: overAxis,
  ReduceLogSumExp: overAxis,
  ReduceMax: overAxis,
  ReduceMean: overAxis,
  ReduceMin: overAxis,
  ReduceProd: overAxis,
  ReduceSum: overAxis,
  Reshape: toShape,
  Resize: (b, op) => b.emit.op(op, [b.input(1, 1, 2, 2), undefined, undefined, b.ints(1, 1, 4, 4)], { mode: "linear" }),
  RoiAlign: (b, op) => b.emit.op(op, [b.input(1, 1, 4, 4), b.input(2, 4), b.ints(0, 0)]),
  Scan: scan,
  ScatterElements: scatter,
  ScatterND: scatter,
  Slice: (b, op) => b.emit.op(op, [b.input(4), b.ints(1), b.ints(3)]),
  Split: (b, op) => b.emit.ops(op, [b.input(4), b.ints(1, 3)], { axis: 0 }, 2)[0] as Operand,
  Squeeze: (b, op) => b.emit.op(op, [b.input(1, 4), b.ints(0)]),
  Sub: binary,
  Tile: (b, op) => b.emit.op(op, [b.input(4), b.ints(2)]),
  TopK: (b, op) => b.emit.ops(op, [b.input(4), b.ints(2)], {}, 2)[0] as Operand,
  Trilu: (b, op) => b.emit.op(op, [b.input(2, 2), b.emit.int64(0)]),
  Unsqueeze: (b, op) => b.emit.op(op, [b.input(4), b.ints(0)]),
  Where: (b, op) => b.emit.op(op, [b.emit.constant("bool", [true, false], [2]), b.input(2), b.input(2)]),
  Xor: binary,
};

test.each(NAMES)("%s runs on every dtype that it is said to have a kernel for", (op) => {
  const dtypes = (Object.keys(DTYPES) as DType[]).filter((dtype) => kernelDType(op, dtype) === dtype);
  expect(dtypes.length).toBeGreaterThan(0);
  for (const dtype of dtypes) {
    const bench = new Bench(dtype);
    const result = (EXAMPLES[op] ?? unary)(bench, op);
    expect(() => bench.run(result), `${op} of ${dtype}`).not.toThrow();
  }
});

test("a substitute holds every value of what it stands for", () => {
  expect(kernelDType("Where", "bool")).toBe("uint8");
  expect(kernelDType("Max", "int16")).toBe("int32");
  expect(kernelDType("MatMul", "bfloat16")).toBe("float32");
  expect(kernelDType("Conv", "float64")).toBeUndefined();
  expect(kernelDType("Conv", "int64")).toBeUndefined();
});
