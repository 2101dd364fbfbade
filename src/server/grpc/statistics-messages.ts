import { type MessageType, many, one, typesOf } from "./message-type.ts";

const type = typesOf("inference");

const DURATION = type("StatisticDuration", { count: one(1, "uint64"), ns: one(2, "uint64") });

const INFER_STATISTICS = type("InferStatistics", {
  success: one(1, DURATION),
  fail: one(2, DURATION),
  queue: one(3, DURATION),
  compute_input: one(4, DURATION),
  compute_infer: one(5, DURATION),
  compute_output: one(6, DURATION),
  cache_hit: one(7, DURATION),
  cache_miss: one(8, DURATION),
});

const BATCH_STATISTICS = type("InferBatchStatistics", {
  batch_size: one(1, "uint64"),
  compute_input: one(2, DURATION),
  compute_infer: one(3, DURATION),
  compute_output: one(4, DURATION),
});

const MEMORY_USAGE = type("MemoryUsage", {
  type: one(1, "string"),
  id: one(2, "int64"),
  byte_size: one(3, "uint64"),
});

const MODEL_STATISTICS = type("ModelStatistics", {
  name: one(1, "string"),
  version: one(2, "string"),
  last_inference: one(3, "uint64"),
  inference_count: one(4, "uint64"),
  execution_count: one(5, "uint64"),
  inference_stats: one(6, INFER_STATISTICS),
  batch_stats: many(7, BATCH_STATISTICS),
  memory_usage: many(8, MEMORY_USAGE),
});

export const MODEL_STATISTICS_REQUEST: MessageType = type("ModelStatisticsRequest", {
  name: one(1, "string"),
  version: one(2, "string"),
});

export const MODEL_STATISTICS_RESPONSE: MessageType = type("ModelStatisticsResponse", {
  model_stats: many(1, MODEL_STATISTICS),
});
