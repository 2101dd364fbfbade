import { existsSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { FileSource } from "#dist/container/index.js";
import type { LoweredModel } from "#dist/core/index.js";
import { normalize } from "#dist/graph/index.js";
import { loadOnnx, loadProgram } from "#dist/loader/index.js";
import { lower } from "#dist/lowering/index.js";
import { type Binding, OrtBackend, type SessionRef, type TensorBuffer } from "#dist/runtime/index.js";
import { atLeast, type Measure, median, modelFile } from "./measure.ts";

const MODELS = ["resnet18", "mobilenet_v3", "vit_b16", "swin_t", "bert_base", "gpt2", "lstm"];

/** How long a pair of sessions is measured, how long a turn takes at least, and how many turns there are at least. */
const PAIR_MS = 5_000;
const TURN_MS = 10;
const MIN_TURNS = 15;

/** The largest difference of outputs, as a part of the largest output. */
const TOLERANCE = 1e-3;

/** A session over fixed inputs and outputs. */
interface Contender {
  readonly session: SessionRef;
  readonly binding: Binding;
}

/** The inputs of the first row that the file carries. */
function firstRow({ dtype, shape: [rows = 1, ...rest], bytes }: TensorBuffer): TensorBuffer {
  return { dtype, shape: [1, ...rest], bytes: bytes.slice(0, bytes.byteLength / rows) };
}

function contender(backend: OrtBackend, model: LoweredModel, inputs: readonly TensorBuffer[]): Contender {
  const session = backend.open(model, { intraOpThreads: 1 });
  return { session, binding: backend.attach(session).bind(inputs, [undefined]) };
}

/** What the contenders compute, and how it is named in a file of each kind. */
function read<T>(file: string, load: (source: FileSource) => T): T {
  const source = new FileSource(file);
  try {
    return load(source);
  } finally {
    source.close();
  }
}

function exported(name: string): LoweredModel {
  const file = modelFile(name).replace(/pt2$/, "onnx");
  if (!existsSync(file))
    throw new Error(`${file} is missing: \`python bench/make_models.py --onnx ${name}\` writes it`);
  return read(file, (source) => loadOnnx(source).model);
}

function largest(values: Float32Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

function checkSame(name: string, ours: Binding, theirs: Binding): void {
  const [a, b] = [ours, theirs].map((binding) => {
    const [output] = binding.run();
    return new Float32Array(output?.bytes.slice().buffer ?? new ArrayBuffer(0));
  });
  if (!a || !b || a.length !== b.length) throw new Error(`${name}: the outputs differ in size`);
  const scale = largest(b);
  const difference = largest(a.map((value, i) => value - (b[i] ?? 0)));
  if (!(difference <= TOLERANCE * scale)) throw new Error(`${name}: the outputs differ by ${difference} of ${scale}`);
}

/** Milliseconds a run takes, over `runs` of them. */
function time({ binding }: Contender, runs: number): number {
  const start = performance.now();
  for (let run = 0; run < runs; run++) binding.run();
  return (performance.now() - start) / runs;
}

interface Times {
  readonly ours: number;
  readonly theirs: number;
}

/** Takes turns, each of the two first as often as the other. */
function race(ours: Contender, theirs: Contender): readonly Times[] {
  const runMs = Math.max(time(ours, 2), time(theirs, 2));
  const runs = Math.ceil(TURN_MS / runMs);
  const turns = Math.max(MIN_TURNS, Math.floor(PAIR_MS / (2 * runs * runMs)));
  return Array.from({ length: turns }, (_, turn) => {
    if (turn % 2 === 0) return { ours: time(ours, runs), theirs: time(theirs, runs) };
    const first = time(theirs, runs);
    return { ours: time(ours, runs), theirs: first };
  });
}

function raceAndClose(backend: OrtBackend, name: string, ours: Contender, theirs: Contender): readonly Times[] {
  checkSame(name, ours.binding, theirs.binding);
  const times = race(ours, theirs);
  for (const { binding, session } of [ours, theirs]) {
    binding.close();
    backend.releaseSync(session);
  }
  return times;
}

/** Where a session's memory lies depends on what was opened before it, and shows in its speed: each is first once. */
function compare(backend: OrtBackend, name: string): readonly Times[] {
  const { graph, sampleInputs = [] } = read(modelFile(name), loadProgram);
  const inputs = sampleInputs.map(firstRow);
  const [ourModel, theirModel] = [lower(normalize(graph), { name }), exported(name)];
  const openOurs = () => contender(backend, ourModel, inputs);
  const openTheirs = () => contender(backend, theirModel, inputs);
  const oursFirst = raceAndClose(backend, name, openOurs(), openTheirs());
  const theirs = openTheirs();
  return [...oursFirst, ...raceAndClose(backend, name, openOurs(), theirs)];
}

/** One row on one thread: the model as torchrelay lowers it beside the ONNX file that PyTorch's exporter made of it. */
export async function lowering(): Promise<Measure[]> {
  const backend = new OrtBackend();
  const measures = MODELS.flatMap((name) => {
    const times = compare(backend, name);
    return [
      { name: `${name}, lowered here`, value: median(times.map(({ ours }) => ours)), unit: "ms" },
      { name: `${name}, exported by PyTorch`, value: median(times.map(({ theirs }) => theirs)), unit: "ms" },
      atLeast(`${name}, speed / that of PyTorch's export`, median(times.map((t) => t.theirs / t.ours)), "", 0.98),
    ];
  });
  backend.close();
  return measures;
}
