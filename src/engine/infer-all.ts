import type { Submission, SubmitOptions } from "../scheduler/index.ts";
import type { Outputs } from "./collate.ts";
import type { Inputs } from "./input-validator.ts";

export interface InferAllOptions extends SubmitOptions {
  /** Requests under way at once; bounds memory. Default 64. */
  readonly concurrency?: number;
}

const DEFAULT_CONCURRENCY = 64;

type Start = (inputs: Inputs, options: SubmitOptions) => Submission<Outputs>;

/** Starts a request whose result may fail before anyone looks at it. */
function startQuietly(start: Start, inputs: Inputs, options: SubmitOptions): Submission<Outputs> {
  const submission = start(inputs, options);
  submission.result.catch(() => {});
  return submission;
}

/** Takes the oldest results, in order, until `left` are under way. */
async function* take(window: Submission<Outputs>[], left: number): AsyncGenerator<Outputs, void, undefined> {
  while (window.length > left) yield (await window.shift()?.result) as Outputs;
}

/**
 * Maps requests over inputs with a sliding window, in order. A full window is emptied by half before it is filled again,
 * so that what is added can share batches. When the consumer stops early, or a request fails, those under way are
 * cancelled.
 */
export async function* inferAll(
  start: Start,
  inputs: Iterable<Inputs> | AsyncIterable<Inputs>,
  { concurrency = DEFAULT_CONCURRENCY, ...options }: InferAllOptions,
): AsyncGenerator<Outputs, void, undefined> {
  const window: Submission<Outputs>[] = [];
  try {
    for await (const item of inputs) {
      window.push(startQuietly(start, item, options));
      if (window.length >= concurrency) yield* take(window, Math.floor(concurrency / 2));
    }
    yield* take(window, 0);
  } finally {
    for (const submission of window) submission.cancel("inferAll was left before its end");
  }
}
