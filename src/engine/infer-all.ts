import type { Outputs } from "./collate.ts";
import type { Inputs } from "./input-validator.ts";
import type { InferOptions } from "./model.ts";

export interface InferAllOptions extends InferOptions {
  /** Requests under way at once; bounds memory. Default 64. */
  readonly concurrency?: number;
}

const DEFAULT_CONCURRENCY = 64;

type Infer = (inputs: Inputs, options: InferOptions) => Promise<Outputs>;

/** A pending result that is allowed to fail before anyone looks. */
function quiet(promise: Promise<Outputs>): Promise<Outputs> {
  promise.catch(() => {});
  return promise;
}

/**
 * Maps `infer` over inputs with a sliding window, in order. When the consumer stops early, or a request fails, the
 * requests under way are cancelled.
 */
export async function* inferAll(
  infer: Infer,
  inputs: Iterable<Inputs> | AsyncIterable<Inputs>,
  { concurrency = DEFAULT_CONCURRENCY, ...options }: InferAllOptions,
): AsyncGenerator<Outputs, void, undefined> {
  const abandon = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, abandon.signal]) : abandon.signal;
  const window: Promise<Outputs>[] = [];
  try {
    for await (const item of inputs) {
      window.push(quiet(infer(item, { ...options, signal })));
      if (window.length >= concurrency) yield (await window.shift()) as Outputs;
    }
    for (let next = window.shift(); next; next = window.shift()) yield await next;
  } finally {
    abandon.abort("inferAll was left before its end");
  }
}
