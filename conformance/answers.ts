import type { Tensor } from "torchrelay";

export function floats({ data }: Tensor): Float32Array {
  return data as Float32Array;
}

/** The place of the greatest element of each run of `size` elements. */
export function greatest(scores: Float32Array, size: number): readonly number[] {
  return Array.from({ length: scores.length / size }, (_, row) => {
    const part = scores.subarray(row * size, (row + 1) * size);
    return part.indexOf(Math.max(...part));
  });
}

/** Texts of `[rows, characters, places]`: repeated characters count once, and the last character is none. */
export function readTexts({ data, shape }: Tensor, characters: readonly string[]): readonly string[] {
  const [rows = 0, count = 0, places = 0] = shape;
  const scores = data as Float32Array;
  const at = (row: number, place: number): number => {
    const column = Float32Array.from({ length: count }, (_, i) => scores[(row * count + i) * places + place] ?? 0);
    return column.indexOf(Math.max(...column));
  };
  return Array.from({ length: rows }, (_, row) => {
    const read = Array.from({ length: places }, (__, place) => at(row, place));
    const kept = read.filter((character, i) => character !== read[i - 1] && character !== count - 1);
    return kept.map((character) => characters[character]).join("");
  });
}

/** Corners as parts of the image. */
export type Box = readonly [left: number, top: number, right: number, bottom: number];

function area([left, top, right, bottom]: Box): number {
  return Math.max(0, right - left) * Math.max(0, bottom - top);
}

/** How much of two boxes is in both. */
function overlap(a: Box, b: Box): number {
  const both: Box = [Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])];
  return area(both) / (area(a) + area(b) - area(both));
}

/** The boxes of objects that are likelier than `threshold`, the likeliest of those that overlap by more than 0.3. */
export function detect(scores: Float32Array, corners: Float32Array, threshold: number): readonly Box[] {
  const found = [...scores.entries()].filter(([, score]) => score > threshold).sort(([, a], [, b]) => b - a);
  const boxes = found.map(([i]) => [...corners.subarray(4 * i, 4 * i + 4)] as unknown as Box);
  const kept: Box[] = [];
  for (const box of boxes) if (!kept.some((other) => overlap(box, other) > 0.3)) kept.push(box);
  return kept;
}

/** The likeliest object of a grid of cells `[1, 1 + 4 + classes, height, width]`: its class and score. */
export function bestObject({ data, shape }: Tensor): readonly [index: number, score: number] {
  const [, channels = 0, height = 0, width = 0] = shape;
  const cells = height * width;
  const values = data as Float32Array;
  const candidates = Array.from({ length: (channels - 5) * cells }, (_, i): readonly [number, number] => {
    const score = (values[i % cells] ?? 0) ** 0.6 * (values[5 * cells + i] ?? 0) ** 0.4;
    return [Math.floor(i / cells), score];
  });
  return candidates.reduce((best, each) => (each[1] > best[1] ? each : best));
}
