import type { JsonSchema } from "../../container/index.ts";
import { list, named, object, SIZE, STRING } from "./values.ts";

const TENSOR = named(
  "ModelConfigTensor",
  object(
    {
      name: STRING,
      data_type: { ...STRING, description: "The datatype after `TYPE_`, such as TYPE_FP32." },
      dims: { ...list({ type: "integer", minimum: -1 }), description: "Without the batch axis; -1 is variable." },
    },
    ["name", "data_type", "dims"],
  ),
);

export const MODEL_CONFIG: JsonSchema = named(
  "ModelConfig",
  object(
    {
      name: STRING,
      platform: STRING,
      backend: STRING,
      max_batch_size: { ...SIZE, description: "0: the model has no batch axis." },
      input: list(TENSOR),
      output: list(TENSOR),
      dynamic_batching: object({ max_queue_delay_microseconds: SIZE }),
    },
    ["name", "max_batch_size", "input", "output"],
  ),
);
