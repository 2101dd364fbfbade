import { type EnumType, type MessageType, many, mapOf, one, oneOf, typesOf } from "./message-type.ts";

const type = typesOf("inference");

const DATA_TYPE: EnumType = {
  package: "inference",
  name: "DataType",
  values: {
    TYPE_INVALID: 0,
    TYPE_BOOL: 1,
    TYPE_UINT8: 2,
    TYPE_UINT16: 3,
    TYPE_UINT32: 4,
    TYPE_UINT64: 5,
    TYPE_INT8: 6,
    TYPE_INT16: 7,
    TYPE_INT32: 8,
    TYPE_INT64: 9,
    TYPE_FP16: 10,
    TYPE_FP32: 11,
    TYPE_FP64: 12,
    TYPE_STRING: 13,
    TYPE_BF16: 14,
  },
};

const INSTANCE_KIND: EnumType = {
  package: "inference",
  name: "ModelInstanceGroup.Kind",
  values: { KIND_AUTO: 0, KIND_GPU: 1, KIND_CPU: 2, KIND_MODEL: 3 },
};

const VERSION_POLICY = type(
  "ModelVersionPolicy",
  oneOf("policy_choice", {
    latest: [1, type("ModelVersionPolicy.Latest", { num_versions: one(1, "uint32") })],
    all: [2, type("ModelVersionPolicy.All")],
    specific: [3, type("ModelVersionPolicy.Specific", { versions: many(1, "int64") })],
  }),
);

const INPUT = type("ModelInput", { name: one(1, "string"), data_type: one(2, DATA_TYPE), dims: many(4, "int64") });

const OUTPUT = type("ModelOutput", {
  name: one(1, "string"),
  data_type: one(2, DATA_TYPE),
  dims: many(3, "int64"),
  label_filename: one(4, "string"),
});

const INSTANCE_GROUP = type("ModelInstanceGroup", {
  name: one(1, "string"),
  count: one(2, "int32"),
  kind: one(4, INSTANCE_KIND),
});

const DYNAMIC_BATCHING = type("ModelDynamicBatching", {
  preferred_batch_size: many(1, "int32"),
  max_queue_delay_microseconds: one(2, "uint64"),
});

/** The part of Triton's model configuration that this server has something to say about. */
const MODEL_CONFIG = type("ModelConfig", {
  name: one(1, "string"),
  platform: one(2, "string"),
  version_policy: one(3, VERSION_POLICY),
  max_batch_size: one(4, "int32"),
  input: many(5, INPUT),
  output: many(6, OUTPUT),
  instance_group: many(7, INSTANCE_GROUP),
  ...oneOf("scheduling_choice", { dynamic_batching: [11, DYNAMIC_BATCHING] }),
  parameters: mapOf(14, type("ModelParameter", { string_value: one(1, "string") })),
  backend: one(17, "string"),
});

export const MODEL_CONFIG_REQUEST: MessageType = type("ModelConfigRequest", {
  name: one(1, "string"),
  version: one(2, "string"),
});

export const MODEL_CONFIG_RESPONSE: MessageType = type("ModelConfigResponse", { config: one(1, MODEL_CONFIG) });
