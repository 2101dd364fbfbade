import { readFileSync } from "node:fs";
import { loadCheckpoint, loadModule, type nn, Tensor } from "torchrelay";
import { expect, test } from "vitest";
import { Bert } from "../examples/networks/bert.ts";
import { GPT2 } from "../examples/networks/gpt2.ts";
import { Llama } from "../examples/networks/llama.ts";
import { VisionTransformer } from "../examples/networks/vision-transformer.ts";
import { required } from "../src/util/index.ts";
import { difference, numbersOf, type Tolerance } from "./compare.ts";

const FOLDER = "conformance/data/networks/";
const golden = loadCheckpoint(`${FOLDER}golden.safetensors`);

/** The tensors called `name/kind/0`, `name/kind/1`, … */
function numbered(name: string, kind: string): readonly Tensor[] {
  const start = `${name}/${kind}/`;
  const count = golden.keys().filter((key) => key.startsWith(start)).length;
  return Array.from({ length: count }, (_, i) => golden.get(`${start}${i}`));
}

interface Network {
  readonly make: () => nn.Module;
  readonly checkpoint: string;
  /** Where the state dict is in the checkpoint. */
  readonly key?: string;
  readonly inputs: readonly string[];
}

const VIT = { imageSize: 16, patchSize: 4, layers: 2, heads: 2, width: 16, mlpWidth: 32, numClasses: 5 };
const BERT = { vocabSize: 50, positions: 20, types: 2, width: 16, mlpWidth: 32, layers: 2, heads: 2 };
const HEADS = { layers: 2, heads: 4, keyHeads: 2 };
const LLAMA = { vocabSize: 50, width: 16, mlpWidth: 24, ...HEADS, ropeTheta: 10_000, eps: 1e-5 };

/** Made as the networks of conformance/generate/network_checkpoints.py. */
const NETWORKS: Readonly<Record<string, Network>> = {
  "vision-transformer": {
    make: () => new VisionTransformer(VIT),
    checkpoint: "vision-transformer.pth",
    inputs: ["image:float32[batch,3,16,16]"],
  },
  "vision-transformer-float16": {
    make: () => new VisionTransformer(VIT).half(),
    checkpoint: "vision-transformer-float16.pth",
    inputs: ["image:float16[batch,3,16,16]"],
  },
  bert: {
    make: () => new Bert(BERT),
    checkpoint: "bert.pth",
    key: "model",
    inputs: ["ids:int64[batch,length]", "mask:int64[batch,length]", "types:int64[batch,length]"],
  },
  llama: {
    make: () => new Llama(LLAMA),
    checkpoint: "llama.safetensors",
    inputs: ["ids:int64[batch,length]"],
  },
  "llama-bfloat16": {
    make: () => new Llama(LLAMA).bfloat16(),
    checkpoint: "llama-bfloat16.safetensors",
    inputs: ["ids:int64[batch,length]"],
  },
};

/** The first rows of a tensor. */
function head({ dtype, shape, data }: Tensor, rows: number): Tensor {
  const part = data.slice(0, (data.length / (shape[0] ?? 1)) * rows);
  return new Tensor(dtype, part as never, [rows, ...shape.slice(1)]);
}

/** A result in 16 bits may be off by as much as PyTorch's is from its own float32 result with the same weights. */
function toleranceOf(name: string): Tolerance | undefined {
  const [wanted, exact] = [numbered(name, "output")[0], numbered(name, "exact")[0]];
  if (!wanted || !exact) return undefined;
  const [values, truth] = [wanted, exact].map(numbersOf);
  const distances = truth?.map((value, i) => Math.abs(Number(value) - Number(values?.[i])));
  return { relative: 0, absolute: 2 * Math.max(...(distances ?? [])) };
}

test.each(Object.entries(NETWORKS))(
  "%s, written in TypeScript, gives PyTorch's numbers with its checkpoint",
  async (name, { make, checkpoint, key, inputs }) => {
    const network = make().eval();
    const file = loadCheckpoint(FOLDER + checkpoint);
    const report = network.loadStateDict(key === undefined ? file : file.within(key));
    expect(report).toEqual({ missingKeys: [], unexpectedKeys: [] });
    expect([...network.parameters()].filter(({ location }) => location.storage.kind !== "file")).toEqual([]);
    await using model = await loadModule(network, inputs);
    const [given, wanted] = [numbered(name, "input"), numbered(name, "output")];
    expect([given.length, wanted.length > 0]).toEqual([inputs.length, true]);
    const tolerance = toleranceOf(name);
    for (const rows of [1, 2]) {
      const outputs = Object.values(await model.infer(given.map((tensor) => head(tensor, rows))));
      const problems = wanted.map((tensor, i) =>
        difference(required(outputs[i], "an output"), head(tensor, rows), tolerance),
      );
      expect([rows, ...problems]).toEqual([rows, ...wanted.map(() => undefined)]);
    }
  },
);

test("the GPT-2 of the example gives PyTorch's logits, its embedding and its last layer one and the same tensor", async () => {
  const gpt = new GPT2({ vocabSize: 128, positions: 64, width: 48, layers: 2, heads: 4 }).eval();
  expect(gpt.loadStateDict("examples/checkpoints/gpt.pth")).toEqual({ missingKeys: [], unexpectedKeys: [] });
  const { prompt, logits } = JSON.parse(readFileSync("examples/checkpoints/gpt.json", "utf8"));
  await using model = await loadModule(gpt, ["ids:int64[batch,length]"]);
  const ids = new Tensor("int64", BigInt64Array.from(Buffer.from(prompt), BigInt), [1, prompt.length]);
  const { output } = await model.infer({ ids });
  const given = output?.data as Float32Array;
  const last = new Tensor("float32", given.slice(-128), [128]);
  expect(difference(last, new Tensor("float32", Float32Array.from(logits), [128]))).toBeUndefined();
  const names = [...gpt.namedParameters()].map(([name]) => name);
  expect([names.includes("transformer.wte.weight"), names.includes("lm_head.weight")]).toEqual([true, false]);
});
