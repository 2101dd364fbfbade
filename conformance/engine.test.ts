import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Engine, type Model, Tensor } from "../dist/index.js";
import { DTYPES } from "../src/core/index.ts";
import type { TensorBuffer } from "../src/runtime/index.ts";
import { type ConformanceCase, DATA, modelCases, operatorCases, type Run } from "./cases.ts";
import { difference, type Tolerance } from "./compare.ts";
import { reasonToRefuse } from "./exceptions.ts";

/** The same models once more, through workers, shared batches and slabs: every row a request of its own, all at once. */
let engine: Engine;

beforeAll(() => {
  engine = new Engine({ workers: 2 });
});

afterAll(() => engine.close());

function tensorOf({ dtype, shape, bytes }: TensorBuffer): Tensor {
  const { array } = DTYPES[dtype];
  return new Tensor(dtype, new array(bytes.slice().buffer, 0, bytes.byteLength / array.BYTES_PER_ELEMENT), shape);
}

function rowOf({ dtype, shape, bytes }: TensorBuffer, row: number): TensorBuffer {
  const [rows = 1, ...rest] = shape;
  const size = bytes.byteLength / rows;
  return { dtype, shape: [1, ...rest], bytes: bytes.subarray(row * size, (row + 1) * size) };
}

const OTHERS_ROUND_DIFFERENTLY = { relative: 1e-4, absolute: 1e-4 };

async function problemsOfRow(model: Model, { inputs, outputs }: Run, row: number): Promise<string[]> {
  const results = await model.infer(inputs.map((input) => tensorOf(rowOf(input, row))));
  return model.outputs.flatMap(({ name }, i) => {
    const given = results[name] as Tensor;
    const wanted = rowOf(outputs[i] as TensorBuffer, row);
    return difference(given, wanted, OTHERS_ROUND_DIFFERENTLY) ?? [];
  });
}

function rowsOf({ inputs }: Run): number {
  return inputs[0]?.shape[0] ?? 0;
}

async function checkRows(model: Model, runs: readonly Run[]): Promise<void> {
  const problems = runs.flatMap((run) =>
    Array.from({ length: rowsOf(run) }, (_, row) => problemsOfRow(model, run, row)),
  );
  expect((await Promise.all(problems)).flat()).toEqual([]);
}

interface Closeness {
  readonly tolerance?: Tolerance | undefined;
  readonly slack?: number;
}

async function checkWhole(
  model: Model,
  { inputs, outputs }: Run,
  { tolerance, slack }: Closeness = { tolerance: OTHERS_ROUND_DIFFERENTLY },
): Promise<void> {
  const results = await model.infer(inputs.map(tensorOf));
  const problems = model.outputs.map(({ name }, i) =>
    difference(results[name] as Tensor, outputs[i] as TensorBuffer, tolerance, slack),
  );
  expect(problems.filter((problem) => problem !== undefined)).toEqual([]);
}

const cases: readonly ConformanceCase[] = modelCases();

test.each(cases)("$name", async ({ name, runs }) => {
  await using model = await engine.load(`${DATA}models/${name}.pt2`);
  for (const run of runs()) await checkWhole(model, run);
  if (model.signature.batchSymbol !== undefined) await checkRows(model, runs());
});

const bundles = operatorCases();

/** The cases of a bundle as files, each with all of its runs at the same time. */
async function checkBundle(programs: readonly ConformanceCase[], tolerance?: Tolerance): Promise<void> {
  expect(programs.length).toBeGreaterThan(0);
  const folder = mkdtempSync(path.join(tmpdir(), "torchrelay-"));
  for (const [i, { source, runs, rounding }] of programs.entries()) {
    const file = path.join(folder, `${i}.pt2`);
    const bytes = source();
    writeFileSync(file, bytes.read(0, bytes.size));
    await using model = await engine.load(file);
    await Promise.all(runs().map((run) => checkWhole(model, run, { tolerance, slack: rounding })));
  }
  rmSync(folder, { recursive: true });
}

test("requests at the same time each take their own branches and rounds", async () => {
  const programs = bundles.get("control_flow") ?? [];
  await checkBundle(
    programs.filter(({ name }) => !name.endsWith(".decomposed")),
    OTHERS_ROUND_DIFFERENTLY,
  );
}, 60_000);

test("models in float64 and 16-bit floats give what PyTorch gives", async () => {
  const programs = bundles.get("precisions") ?? [];
  await checkBundle(programs.filter(({ name }) => reasonToRefuse(name) === undefined));
}, 60_000);

test("complex numbers go in and out as pairs", async () => {
  const programs = (bundles.get("complex") ?? []).filter(({ name }) => name.startsWith("complex/symbolic."));
  await checkBundle(programs, OTHERS_ROUND_DIFFERENTLY);
  const ends = programs.find(({ name }) => name.endsWith(".ends"));
  const bytes = ends?.source();
  await using model = await engine.load(bytes?.read(0, bytes.size) ?? new Uint8Array());
  const [batch] = model.signature.inputs[0]?.shape ?? [];
  const spec = { dtype: "float32", shape: [batch, 3, 2] };
  expect(model.inputs).toMatchObject([spec]);
  expect(model.outputs).toMatchObject([spec, { dtype: "float32", shape: [batch, 3] }]);
}, 60_000);

/** These are what people batch; if one of them no longer can be, the analysis has lost something. */
const BATCHABLE = [
  "mlp",
  "lenet",
  "resnet_basic",
  "resnet_bottleneck",
  "mobilenet_v2",
  "mobilenet_v3",
  "efficientnet",
  "convnext",
  "vit",
  "bert",
];

test.each(BATCHABLE.flatMap((family) => [family, `${family}_core`]))("requests to %s share batches", async (name) => {
  await using model = await engine.load(`${DATA}models/${name}.pt2`);
  expect(model.signature.batchSymbol).toBeDefined();
});
