import type { JsonSchema } from "../../container/index.ts";
import { list, named, object, SIZE, STRING } from "./values.ts";

const TENSOR = named(
  "ModelConfigTensor",
  object(
    {
      name: STRING,
      data_type: { ...STRING, description: "The datatype after `TYPE_`, such as TYPE_FP32." },
      dims: {
        ...list({ type: "integer", minimum: -1 }),
        description: "-1 is variable; without the axis of rows unless `max_batch_size` is 0.",
      },
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
      version_policy: { type: "object", description: "One of latest, all and specific." },
      max_batch_size: { ...SIZE, description: "0: rows of different requests may not share a batch." },
      input: list(TENSOR),
      output: list(TENSOR),
      dynamic_batching: object({ max_queue_delay_microseconds: SIZE }),
      instance_group: list(object({ name: STRING, kind: STRING, count: SIZE })),
      parameters: { type: "object", additionalProperties: object({ string_value: STRING }) },
    },
    ["name", "platform", "backend", "version_policy", "max_batch_size", "input", "output", "instance_group"],
  ),
);
