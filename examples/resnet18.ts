/**
 * ResNet-18 in TypeScript with the weights of the same network in PyTorch: `npm run -s example:resnet18`.
 * It reads digits (digits/train.py says where they come from) with 4 channels where torchvision's network has 64, so that
 * the checkpoint is small; `new ResNet([2, 2, 2, 2])` takes torchvision's own.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { FileSource, loadModule, readNpz, Tensor } from "torchrelay";
import { ResNet } from "./networks/resnet.ts";

const IMAGES = path.resolve("examples/digits/test-images.npz");
const CHECKPOINTS = path.resolve("examples/checkpoints");
const PIXELS = 28 * 28;
/** The network was trained on the images before. */
const FIRST_UNSEEN = 400;

interface Expected {
  /** How many of the digits PyTorch reads right. */
  readonly right: number;
  /** What PyTorch computed for each. */
  readonly logits: readonly (readonly number[])[];
}

const { images, labels } = Object.fromEntries(readNpz(new FileSource(IMAGES)));
if (!images || !labels) throw new Error(`${IMAGES} holds no images and labels`);
const pixels = images.data as Uint8Array;
const digits = [...(labels.data as Uint8Array)].slice(FIRST_UNSEEN);

/** One image, its grey the same in all three colours. */
function image(index: number): Tensor {
  const grey = pixels.subarray(index * PIXELS, (index + 1) * PIXELS);
  return new Tensor(
    "float32",
    Float32Array.from([...grey, ...grey, ...grey], (value) => value / 255),
    [1, 3, 28, 28],
  );
}

const resnet18 = new ResNet([2, 2, 2, 2], { width: 4, numClasses: 10 });
resnet18.loadStateDict(path.join(CHECKPOINTS, "resnet18.pth"));

const model = await loadModule(resnet18.eval(), ["image:float32[batch,3,28,28]"]);
const results = await Promise.all(
  digits.map(async (_, i) => {
    const { output } = await model.infer({ image: image(FIRST_UNSEEN + i) });
    return output?.data as Float32Array;
  }),
);
await model.close();

const expected: Expected = JSON.parse(readFileSync(path.join(CHECKPOINTS, "resnet18.json"), "utf8"));
const right = results.filter((logits, i) => logits.indexOf(Math.max(...logits)) === digits[i]).length;
const differences = results.flatMap((logits, i) =>
  [...logits].map((value, digit) => Math.abs(value - (expected.logits[i]?.[digit] ?? Number.NaN))),
);
console.log(`${right} of ${digits.length} digits are read right; in PyTorch ${expected.right}`);
console.log(`logits differ from PyTorch's by at most ${Math.max(...differences).toExponential(1)}`);
