import { Generator } from "./generator.ts";

/** The generator that new modules and `randn` draw from, one for the process as in PyTorch. */
export const defaultGenerator: Generator = new Generator();

/** Starts the default generator over, as `torch.manual_seed`. */
export function manualSeed(seed: number | bigint): Generator {
  return defaultGenerator.manualSeed(seed);
}
