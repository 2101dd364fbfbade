import { existsSync } from "node:fs";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { type Model, Tensor } from "torchrelay";

/** One line of the results. */
export interface Measure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What is aimed at, such as "≥ 0.95"; absent for what only informs. */
  readonly goal?: string;
  readonly reached?: boolean;
}

export function atLeast(name: string, value: number, unit: string, goal: number): Measure {
  return { name, value, unit, goal: `≥ ${goal.toLocaleString("en")}`, reached: value >= goal };
}

export function atMost(name: string, value: number, unit: string, goal: number): Measure {
  return { name, value, unit, goal: `≤ ${goal.toLocaleString("en")}`, reached: value <= goal };
}

/** A model of bench/make_models.py. */
export function modelFile(name: string): string {
  const file = path.resolve("bench/models", `${name}.pt2`);
  if (!existsSync(file))
    throw new Error(`${file} is missing: write it with \`python bench/make_models.py ${name}\` (torch 2.13)`);
  return file;
}

/** Inputs of one row, filled with small numbers. */
export function rowOf(model: Model): readonly Tensor[] {
  return model.inputs.map(({ shape }) => {
    const sizes = [1, ...shape.slice(1).map(Number)];
    const data = Float32Array.from({ length: sizes.reduce((a, b) => a * b) }, (_, i) => (i % 17) / 17);
    return new Tensor("float32", data, sizes);
  });
}

/** Calls a second of `callers` that each await one result after another, for about `ms`. */
export async function closedLoop(call: () => Promise<unknown>, callers: number, ms: number): Promise<number> {
  const start = performance.now();
  const end = start + ms;
  let done = 0;
  const caller = async (): Promise<void> => {
    while (performance.now() < end) {
      await call();
      done++;
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return (1000 * done) / (performance.now() - start);
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
