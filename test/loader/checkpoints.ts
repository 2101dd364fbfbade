import { readFileSync } from "node:fs";
import { MemorySource } from "../../src/container/index.ts";
import type { DType } from "../../src/core/index.ts";
import { type Checkpoint, loadCheckpoint } from "../../src/loader/index.ts";

export const CHECKPOINTS = "test/fixtures/checkpoints/";

/** A tensor as PyTorch has it, its bytes in base64. */
export interface Described {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly base64: string;
}

/** What PyTorch says is in each fixture. */
export const EXPECTED: Readonly<Record<string, Readonly<Record<string, Described>>>> = JSON.parse(
  readFileSync(`${CHECKPOINTS}expected.json`, "utf8"),
);

/** All tensors of a checkpoint, read, in its order. */
export function contentsOf(checkpoint: Checkpoint): readonly (readonly [string, Described])[] {
  return checkpoint.keys().map((name) => {
    const { dtype, shape, bytes } = checkpoint.get(name);
    return [name, { dtype, shape, base64: Buffer.from(bytes).toString("base64") }];
  });
}

export function loadBytes(bytes: Uint8Array, name = "test.pth"): Checkpoint {
  return loadCheckpoint(new MemorySource(bytes, name));
}
