import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { difference } from "../../conformance/compare.ts";
import { type DType, symbol, type Tensor, type TensorSpec } from "../../src/core/index.ts";
import { normalize } from "../../src/graph/index.ts";
import { loadCheckpoint } from "../../src/loader/index.ts";
import { lower } from "../../src/lowering/index.ts";
import * as nn from "../../src/nn/index.ts";
import { runModel } from "../lowering/run-model.ts";
import { FORWARDS, LAYERS } from "./layer-cases.ts";

const FOLDER = "conformance/data/nn/";
const FIRST_AXIS_IS_CHANNELS = ["Conv2d of one image", "InstanceNorm1d of one"];

type Initial = Readonly<Record<string, Readonly<Record<string, readonly [shape: readonly number[], sha256: string]>>>>;

const initial: Initial = JSON.parse(readFileSync(`${FOLDER}initial.json`, "utf8"));
const golden = loadCheckpoint(`${FOLDER}layers.safetensors`);
const names = Object.keys(initial);

function make(name: string): nn.Module {
  const build = LAYERS[name];
  if (!build) throw new Error(`no layer for ${name}`);
  return build();
}

/** The tensors called `name/kind/0`, `name/kind/1`, … */
function numbered(name: string, kind: string): readonly Tensor[] {
  const start = `${name}/${kind}/`;
  const keys = golden.keys().filter((key) => key.startsWith(start));
  return keys
    .map((key) => Number(key.slice(start.length)))
    .sort((a, b) => a - b)
    .map((i) => golden.get(`${start}${i}`));
}

/** Calls the layer as the generator does. */
class Called extends nn.Module {
  readonly name: string;
  readonly layer: nn.Module;

  constructor(name: string, layer: nn.Module) {
    super();
    this.name = name;
    this.layer = layer;
  }

  override forward(...inputs: readonly nn.SymbolicTensor[]): nn.Forwarded {
    const call = FORWARDS[this.name];
    return call ? call(this.layer as never, inputs) : this.layer.forward(...inputs);
  }
}

function run(name: string, specOf: (tensor: Tensor, i: number) => TensorSpec): readonly (string | undefined)[] {
  const layer = make(name).eval();
  const start = `${name}/state/`;
  layer.loadStateDict(golden, { rename: (key) => (key.startsWith(start) ? key.slice(start.length) : null) });
  const inputs = numbered(name, "input");
  const { graph } = nn.trace(new Called(name, layer).eval(), inputs.map(specOf));
  const results = runModel(lower(normalize(graph)), ...inputs);
  const wanted = numbered(name, "output");
  expect(results).toHaveLength(wanted.length);
  return wanted.map((tensor, i) => difference(results[i] as Tensor, tensor));
}

describe("initial weights after manualSeed(0)", () => {
  test.each(names)("%s: PyTorch's, bit for bit, and by its names", (name) => {
    nn.manualSeed(0);
    const state = Object.entries(make(name).stateDict()).map(([key, { shape, bytes }]) => [
      key,
      [shape, createHash("sha256").update(bytes).digest("hex")],
    ]);
    expect(state).toEqual(Object.entries(initial[name] ?? {}));
  });
});

describe("what the layers compute with a state dict of PyTorch", () => {
  const plain = ({ dtype, shape }: Tensor, i: number): TensorSpec => ({ name: `x${i}`, dtype: dtype as DType, shape });

  test.each(names)("%s: PyTorch's numbers", (name) => {
    expect(run(name, plain).filter((problem) => problem !== undefined)).toEqual([]);
  });

  const single = names.filter((name) => numbered(name, "input").length === 1 && !FIRST_AXIS_IS_CHANNELS.includes(name));

  test.each(single)("%s: the same with a first axis whose size is open", (name) => {
    const open = ({ dtype, shape }: Tensor): TensorSpec => ({
      name: "x",
      dtype,
      shape: [symbol("n"), ...shape.slice(1)],
    });
    expect(run(name, open).filter((problem) => problem !== undefined)).toEqual([]);
  });
});

/** What holds other modules and computes nothing, or only what they do. */
const CONTAINERS: ReadonlySet<string> = new Set([
  "Sequential",
  "ModuleList",
  "ModuleDict",
  "ParameterList",
  "ParameterDict",
]);

test("every module that nn exports has a case", () => {
  const exported = Object.entries(nn).filter(
    ([, value]) => (value as { readonly prototype?: unknown }).prototype instanceof nn.Module,
  );
  const layers = exported.map(([name]) => name).filter((name) => !CONTAINERS.has(name));
  const used = new Set(Object.values(LAYERS).map((build) => build().constructor.name));
  expect(layers.filter((name) => !used.has(name))).toEqual([]);
  expect(layers.length).toBeGreaterThan(100);
});

test("every layer that has a case is in the golden data", () => {
  expect(Object.keys(LAYERS).sort()).toEqual([...names].sort());
});
