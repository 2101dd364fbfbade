import { readFileSync } from "node:fs";
import { Tensor } from "torchrelay";

const SIZE = 512;
const HOP = SIZE / 2;
const BINS = SIZE / 2 + 1;
const WINDOW = Float64Array.from({ length: SIZE }, (_, i) => Math.sqrt(0.5 - 0.5 * Math.cos((2 * Math.PI * i) / SIZE)));
const COS = Float64Array.from({ length: SIZE }, (_, i) => Math.cos((2 * Math.PI * i) / SIZE));
const SIN = Float64Array.from({ length: SIZE }, (_, i) => Math.sin((2 * Math.PI * i) / SIZE));
/** Bytes before the samples of a plain WAV file. */
const WAV_HEADER_BYTES = 44;

/** The samples of a WAV file of one channel of 16 bits, from -1 to 1. */
export function readWav(file: string): Float64Array {
  const bytes = readFileSync(file).subarray(WAV_HEADER_BYTES);
  return Float64Array.from({ length: bytes.length / 2 }, (_, i) => bytes.readInt16LE(2 * i) / 32768);
}

function reflected(samples: Float64Array, at: number): number {
  const last = samples.length - 1;
  const inside = at < 0 ? -at : at;
  return samples[inside > last ? 2 * last - inside : inside] ?? 0;
}

/** `torch.stft(samples, 512, 256, window=torch.hann_window(512).sqrt())` as `[1, 257, frames, 2]`. */
export function spectrum(samples: Float64Array): Tensor {
  const frames = 1 + Math.floor(samples.length / HOP);
  const result = new Float32Array(BINS * frames * 2);
  for (let frame = 0; frame < frames; frame++) {
    const start = frame * HOP - HOP;
    const part = WINDOW.map((weight, i) => weight * reflected(samples, start + i));
    for (let bin = 0; bin < BINS; bin++) {
      const at = (bin * frames + frame) * 2;
      result[at] = part.reduce((sum, value, i) => sum + value * (COS[(bin * i) % SIZE] ?? 0), 0);
      result[at + 1] = part.reduce((sum, value, i) => sum - value * (SIN[(bin * i) % SIZE] ?? 0), 0);
    }
  }
  return new Tensor("float32", result, [1, BINS, frames, 2]);
}

/** What `torch.istft` makes of a spectrum of that form. */
export function samplesOf({ data, shape: [, , frames = 0] }: Tensor): Float64Array {
  const values = data as Float32Array;
  const sum = new Float64Array((frames + 1) * HOP);
  const weights = new Float64Array(sum.length);
  for (let frame = 0; frame < frames; frame++) {
    for (let i = 0; i < SIZE; i++) {
      const at = frame * HOP + i;
      const weight = WINDOW[i] ?? 0;
      sum[at] = (sum[at] ?? 0) + weight * sampleOf(values, frames, frame, i);
      weights[at] = (weights[at] ?? 0) + weight ** 2;
    }
  }
  return sum.map((value, i) => value / (weights[i] ?? 1)).subarray(HOP, frames * HOP);
}

/** Sample `i` of the inverse transform of a frame; the bins between the first and the last count twice. */
function sampleOf(values: Float32Array, frames: number, frame: number, i: number): number {
  let sum = 0;
  for (let bin = 0; bin < BINS; bin++) {
    const at = (bin * frames + frame) * 2;
    const turn = (bin * i) % SIZE;
    const isEdge = bin === 0 || bin === BINS - 1;
    sum += (isEdge ? 1 : 2) * ((values[at] ?? 0) * (COS[turn] ?? 0) - (values[at + 1] ?? 0) * (SIN[turn] ?? 0));
  }
  return sum / SIZE;
}

/** How much stronger the signal is than what `given` is off, in decibels. */
export function signalToNoise(given: Float64Array, wanted: Float64Array): number {
  const power = (values: Float64Array): number => values.reduce((sum, value) => sum + value ** 2, 0);
  return 10 * Math.log10(power(wanted) / power(wanted.map((value, i) => (given[i] ?? 0) - value)));
}
