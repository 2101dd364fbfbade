import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { MemorySource, readNpy, readNpz } from "../../src/container/index.ts";
import type { Tensor } from "../../src/core/index.ts";
import { DIGITS, ended, fixture, pt2, scratch, start, torchrelay } from "./torchrelay.ts";

const MIXED = fixture("mixed.pt2");
const MIXED_INPUTS = fixture("mixed-inputs.npz");

function arrays(file: string): Record<string, Tensor> {
  return Object.fromEntries(readNpz(new MemorySource(readFileSync(file), file)));
}

test("an .npy given by name comes out as PyTorch computes it", async () => {
  const output = path.join(scratch(), "out.npz");
  const input = `input=${fixture("x.npy")}`;
  const result = await torchrelay("run", fixture("no-samples.pt2"), "--input", input, "--output", output);
  expect(result).toEqual({ code: 0, stdout: `wrote ${output}\n`, stderr: "" });
  const { output: given } = arrays(output);
  const expected = readNpy(readFileSync(fixture("y.npy")), "y.npy");
  expect(given?.shape).toEqual(expected.shape);
  Array.from(expected.data, Number).forEach((value, i) => {
    expect(Math.abs(Number(given?.data[i]) - value)).toBeLessThanOrEqual(1e-5 + 1e-4 * Math.abs(value));
  });
});

test("arrays called in_0, in_1 are the inputs in order; every dtype is written bit by bit as PyTorch has it", async () => {
  const output = path.join(scratch(), "out.npz");
  const result = await torchrelay("run", MIXED, "--inputs", MIXED_INPUTS, "--output", output);
  expect(result).toMatchObject({ code: 0, stderr: "" });
  expect(arrays(output)).toEqual(arrays(fixture("mixed-outputs.npz")));
});

test.each([
  ["that the file carries", []],
  ["of a file", ["--input", `z=${fixture("z.npy")}`]],
])("complex inputs %s are pairs, as are complex outputs", async (_, given) => {
  const { code, stdout } = await torchrelay("run", fixture("turned.pt2"), ...given, "--json");
  expect(code).toBe(0);
  const { turned, size } = JSON.parse(stdout).outputs;
  expect(turned).toEqual({ dtype: "float32", shape: [2, 2, 2], data: [-4, 3, 1, 1, -0.5, 0, -0, -2] });
  expect(size).toMatchObject({ dtype: "float32", shape: [2, 2], data: [5, Math.fround(Math.SQRT2), 0.5, 2] });
});

test("--json loses nothing: 64-bit integers, infinities, NaN and signed zeros", async () => {
  const { code, stdout } = await torchrelay("run", MIXED, "--json");
  expect(code).toBe(0);
  expect(stdout).toContain('"ids":{"dtype":"int64","shape":[3],"data":[9007199254740993,-4611686018427387903,8]}');
  expect(stdout).toContain('"doubled":{"dtype":"bfloat16","shape":[3,2],"data":[2,-4,0,6.28125,-0,');
  const { outputs } = JSON.parse(stdout);
  expect(outputs.ratio.data).toEqual(["Infinity", "-Infinity", "NaN", "Infinity", "NaN", "Infinity"]);
  expect(outputs.half.data.slice(0, 2)).toEqual([1, -2]);
  expect(outputs.positive.data).toEqual([true, false, false, true, false, true]);
});

test("the summary names each output with its type, first elements and range", async () => {
  const { code, stdout, stderr } = await torchrelay("run", MIXED);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout.split("\n")[0]).toMatch(/^output +type +first elements +min +max +mean$/);
  expect(stdout).toMatch(
    /^ids +int64\[3\] +9007199254740993, -4611686018427387903, 8 +-4611686018427387903 +9007199254740993 /m,
  );
  expect(stdout).toMatch(/^ratio +float32\[3, 2\] +Infinity, -Infinity, NaN, Infinity, NaN, … .* 2 NaNs$/m);
});

test("a model without sample inputs says what to give", async () => {
  const { code, stdout, stderr } = await torchrelay("run", fixture("no-samples.pt2"));
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(
    /carries no sample inputs; give them with --input .* or --inputs .*\n {2}input: float32\[s\d+, 4\] with s\d+ from 1 to 64\n$/,
  );
});

test("--repeat accounts for every request", async () => {
  const { code, stdout } = await torchrelay(
    "run",
    DIGITS,
    "--repeat",
    "40",
    "--concurrency",
    "8",
    "--workers",
    "1",
    "--json",
  );
  expect(code).toBe(0);
  const { run, outputs } = JSON.parse(stdout);
  expect(run).toMatchObject({ requests: 40, rows: 80, concurrency: 8, workers: 1, latency: { count: 40 } });
  const sizes = Object.entries<number>(run.batchSizes);
  expect(sizes.reduce((rows, [size, count]) => rows + Number(size) * count, 0)).toBe(80);
  expect(sizes.reduce((sum, [, count]) => sum + count, 0)).toBe(run.batches.worker + run.batches.inline);
  expect(outputs.logits.shape).toEqual([2, 10]);
});

test("--repeat prints throughput, latency and batch sizes", async () => {
  const { stdout, stderr } = await torchrelay("run", DIGITS, "--repeat", "20", "--concurrency", "8");
  expect(stderr).toBe("");
  expect(stdout).toMatch(/^requests +20 in [\d.]+ m?s, at most 8 at once$/m);
  expect(stdout).toMatch(/^throughput +[\d,]+ requests\/s, [\d,]+ rows\/s$/m);
  expect(stdout).toMatch(/^latency +p50 [\d.]+ ms, p95 [\d.]+ ms, p99 [\d.]+ ms, max [\d.]+ ms$/m);
  expect(stdout).toMatch(/^rows in a batch +batches +share$/m);
});

interface TraceEvent {
  readonly ph: "X" | "M";
  readonly tid: number;
  readonly ts: number;
  readonly dur: number;
}

test("--timeline writes each batch that ran, one after another on each thread", async () => {
  const file = path.join(scratch(), "trace.json");
  const args = ["--repeat", "30", "--concurrency", "8", "--timeline", file, "--json"];
  const { stdout } = await torchrelay("run", DIGITS, ...args);
  const { batches } = JSON.parse(stdout).run;
  const { traceEvents } = JSON.parse(readFileSync(file, "utf8")) as { traceEvents: readonly TraceEvent[] };
  const bars = traceEvents.filter(({ ph }) => ph === "X").sort((a, b) => a.ts - b.ts);
  expect(bars).toHaveLength(batches.worker + batches.inline);
  const freeAt = new Map(traceEvents.filter(({ ph }) => ph === "M").map(({ tid }) => [tid, 0]));
  for (const { tid, ts, dur } of bars) {
    expect(ts).toBeGreaterThanOrEqual(freeAt.get(tid) ?? Number.NaN);
    freeAt.set(tid, ts + dur);
  }
});

const X = fixture("x.npy");
const Y = fixture("y.npy");

const MISFITS = [
  ["INPUT_SHAPE: input x has shape [5, 3]", DIGITS, ["--input", `x=${Y}`]],
  ["INPUT_NAME: inputs are y", DIGITS, ["--input", `y=${Y}`]],
  ["INPUT_NAME: inputs are x, in_1; the model takes x", DIGITS, ["--inputs", MIXED_INPUTS]],
  ["INPUT_NAME: inputs are x twice", DIGITS, ["--input", `x=${X}`, "--input", `x=${X}`]],
  ["INPUT_DTYPE: input ids is float32", MIXED, ["--input", `ids=${X}`, "--input", `x=${X}`]],
  ["FILE_CORRUPT: digits.pt2 is damaged: it is no NumPy array", DIGITS, ["--input", `x=${DIGITS}`]],
  ["FILE_CORRUPT: x.npy is damaged", DIGITS, ["--inputs", X]],
  ["OPERATORS_UNSUPPORTED: exotic.pt2 cannot run:\n", fixture("exotic.pt2"), ["--input", `x=${X}`]],
  ["MODEL_UNSUPPORTED: torchscript.pt: a TorchScript archive", pt2("torchscript.pt"), []],
] as const;

test.each(MISFITS)("a run may fail with %j", async (message, model, args) => {
  const { code, stdout, stderr } = await torchrelay("run", model, ...args);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr.slice(0, message.length + 7)).toBe(`error: ${message}`);
});

test("a failed run leaves the output as it was", async () => {
  const folder = scratch();
  const output = path.join(folder, "out.npz");
  writeFileSync(output, "before");
  const { code } = await torchrelay("run", DIGITS, "--input", `x=${fixture("y.npy")}`, "--output", output);
  expect(code).toBe(1);
  expect(readFileSync(output, "utf8")).toBe("before");
  expect(readdirSync(folder)).toEqual(["out.npz"]);
});

test("an output that cannot be written is refused before the model runs", async () => {
  const { code, stderr } = await torchrelay("run", "missing.pt2", "--output", path.join(scratch(), "missing/out.npz"));
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error: FILE_UNWRITABLE: cannot write .*: there is no such folder\n$/);
});

/** Says on stderr when the process begins to listen for Ctrl-C. */
const ANNOUNCE_SIGINT =
  'data:text/javascript,process.on("newListener", (name) => name === "SIGINT" && process.stderr.write("listening"))';

test("Ctrl-C ends a run with code 130 and writes nothing", async () => {
  const folder = scratch();
  const output = path.join(folder, "out.npz");
  const child = start(["run", DIGITS, "--repeat", "100000000", "--output", output], ["--import", ANNOUNCE_SIGINT]);
  child.stderr.once("data", () => child.kill("SIGINT"));
  const { code, stdout } = await ended(child);
  expect({ code, stdout }).toEqual({ code: 130, stdout: "" });
  expect(readdirSync(folder)).toEqual([]);
});

test("a reader that goes away is no failure", async () => {
  const output = path.join(scratch(), "out.npz");
  const child = start(["run", DIGITS, "--output", output]);
  child.stdout.destroy();
  expect(await once(child, "exit")).toEqual([0, null]);
  expect(Object.keys(arrays(output))).toEqual(["logits"]);
});
