import type { RunThreads } from "../workers/index.ts";

/** Threads of a run of a large model, where there are so many cores; a measurement on more than two is missing. */
const LARGE_MODEL_THREADS = 4;

/** Who shares the cores. */
export interface Cores {
  readonly cores: number;
  readonly workers: number;
}

/** What is each worker's when all run. */
function coresPerWorker({ cores, workers }: Cores): number {
  return Math.max(1, Math.floor(cores / workers));
}

/** How many threads a run uses: those asked for, or its worker's part of the cores, more where the model is large. */
export function runThreads(machine: Cores, asked: number | undefined): RunThreads {
  const small = asked ?? coresPerWorker(machine);
  return { small, large: asked ?? Math.max(small, Math.min(LARGE_MODEL_THREADS, machine.cores)) };
}

/** How many runs of so many threads go on at a time, so that together they use no more cores than the workers have. */
export function runsAtOnce(machine: Cores, intraOpThreads: number): number {
  const threads = machine.workers * coresPerWorker(machine);
  return Math.min(machine.workers, Math.max(1, Math.floor(threads / intraOpThreads)));
}
