/**
 * Classifies real handwritten digits with a network that PyTorch trained and saved: `npm run demo`.
 * The data are 500 test images of MNIST (digits/train.py says where they come from).
 */
import path from "node:path";
import { performance } from "node:perf_hooks";
import { FileSource, load, type Model, readNpz, Tensor } from "torchrelay";

const FOLDER = path.resolve("examples/digits");
const PIXELS = 28 * 28;
const SHADES = " .:-=+*#%@";
const CONCURRENCY = 64;

interface Digits {
  /** One float32[1, 1, 28, 28] an image, 0 (paper) to 1 (ink). */
  readonly images: readonly Tensor[];
  readonly labels: readonly number[];
}

function readDigits(): Digits {
  const { images, labels } = Object.fromEntries(readNpz(new FileSource(path.join(FOLDER, "test-images.npz"))));
  if (!images || !labels) throw new Error("test-images.npz holds no images and labels");
  const pixels = Float32Array.from(images.data as Uint8Array, (value) => value / 255);
  const count = pixels.length / PIXELS;
  const image = (i: number) => new Tensor("float32", pixels.subarray(i * PIXELS, (i + 1) * PIXELS), [1, 1, 28, 28]);
  return { images: Array.from({ length: count }, (_, i) => image(i)), labels: [...(labels.data as Uint8Array)] };
}

async function classify(model: Model, x: Tensor): Promise<number> {
  const { logits } = await model.infer({ x });
  const scores = logits?.data as Float32Array;
  return scores.indexOf(Math.max(...scores));
}

/** Every second row and all columns of an image, as characters. */
function drawing(image: Tensor): string[] {
  const shade = (value: number) => SHADES[Math.round(value * (SHADES.length - 1))] ?? " ";
  const pixels = image.data as Float32Array;
  return Array.from({ length: 14 }, (_, row) => Array.from(pixels.subarray(row * 56, row * 56 + 28), shade).join(""));
}

function showImages({ images, labels }: Digits, predictions: readonly number[], which: readonly number[]): void {
  const drawings = which.map((i) => drawing(images[i] as Tensor));
  for (let row = 0; row < 14; row++) console.log(drawings.map((lines) => lines[row]).join(" "));
  const captions = which.map((i) => `predicted ${predictions[i]}, is ${labels[i]}`);
  console.log(
    `${captions
      .map((caption) => caption.padEnd(29))
      .join("")
      .trimEnd()}\n`,
  );
}

function showBatches(batchSizes: Readonly<Record<number, number>>): void {
  const most = Math.max(...Object.values(batchSizes));
  for (const [rows, count] of Object.entries(batchSizes)) {
    console.log(`  ${rows.padStart(4)} rows  ${"█".repeat(Math.ceil((40 * count) / most))} ${count}`);
  }
}

const digits = readDigits();
const loadStart = performance.now();
await using model = await load(path.join(FOLDER, "digits.pt2"));
console.log(
  `loaded digits.pt2 in ${(performance.now() - loadStart).toFixed(0)} ms, ${model.stats().workers.size} workers\n`,
);

const start = performance.now();
const predictions: number[] = [];
const callers = Array.from({ length: CONCURRENCY }, async (_, caller) => {
  for (let i = caller; i < digits.images.length; i += CONCURRENCY) {
    predictions[i] = await classify(model, digits.images[i] as Tensor);
  }
});
await Promise.all(callers);
const seconds = (performance.now() - start) / 1000;

const wrong = predictions.flatMap((prediction, i) => (prediction === digits.labels[i] ? [] : [i]));
const accuracy = 1 - wrong.length / predictions.length;
showImages(digits, predictions, [...wrong, 0, 1, 2, 3].slice(0, 4));
for (let i = 0; i < predictions.length; i += 100) console.log(predictions.slice(i, i + 100).join(""));

const { latency, batchSizes } = model.stats();
console.log(
  `
${predictions.length} images by ${CONCURRENCY} concurrent callers
accuracy    ${(100 * accuracy).toFixed(2)} % (${wrong.length} wrong)
throughput  ${Math.round(predictions.length / seconds).toLocaleString("en")} images/s
latency     p50 ${latency.p50Ms.toFixed(2)} ms, p95 ${latency.p95Ms.toFixed(2)} ms, p99 ${latency.p99Ms.toFixed(2)} ms
batches
`.trim(),
);
showBatches(batchSizes);
if (accuracy < 0.97) process.exitCode = 1;
