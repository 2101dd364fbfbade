import type { Signature } from "../core/index.ts";
import type { BatcherConfig } from "../scheduler/index.ts";
import type { CheckedInputs } from "./input-validator.ts";
import type { ResolvedOptions } from "./options.ts";

/** How requests of one model may be put together and taken apart. */
export interface BatchingPolicy extends BatcherConfig {
  /** Rows of a request that run together. @param ceiling the largest batch that pays */
  pieceRows(request: CheckedInputs, ceiling: number): number;
}

/** Rows a batch may have: what the file allows; one where rows may influence each other, or must not share. */
function largestBatch(options: ResolvedOptions, { batchSymbol, symbols }: Signature): number {
  if (batchSymbol === undefined || options.deterministic) return 1;
  return Math.min(options.maxBatchRows, symbols[batchSymbol]?.max ?? Number.POSITIVE_INFINITY);
}

/** Whether single rows of a request may run on their own. */
function mayCut({ batchSymbol, symbols }: Signature): boolean {
  return batchSymbol !== undefined && (symbols[batchSymbol]?.min ?? 0) <= 1;
}

export function batchingPolicy(options: ResolvedOptions, signature: Signature, runsAtOnce: number): BatchingPolicy {
  const { deterministic, queueCapacityRows } = options;
  const isCuttable = mayCut(signature);
  return {
    ...options,
    maxBatchRows: largestBatch(options, signature),
    ...(signature.hasLoops && { inlineBudgetMs: 0 }),
    pieceRows({ rows }, ceiling) {
      if (!isCuttable || rows > queueCapacityRows) return rows;
      return deterministic ? 1 : Math.max(ceiling, Math.ceil(rows / runsAtOnce));
    },
  };
}
