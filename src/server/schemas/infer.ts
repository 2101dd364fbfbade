import type { JsonSchema } from "../../container/index.ts";
import { DATATYPE_LIST, LIMITS } from "../../core/index.ts";
import { MAX_PRIORITY } from "../schedule.ts";
import { BOOLEAN, LIST, list, named, object, parameters, SIZE, STRING } from "./values.ts";

const DATATYPE: JsonSchema = { enum: DATATYPE_LIST };

const SHAPE: JsonSchema = { type: "array", items: SIZE, maxItems: LIMITS.tensorRank };

const DATA: JsonSchema = {
  ...LIST,
  description:
    'The elements in row-major order, flat or nested as the shape says. Floats may be "NaN", "Infinity" or "-Infinity". FP16 and BF16 are sent as binary data only.',
};

const BINARY_DATA_SIZE: JsonSchema = {
  ...SIZE,
  description: "Bytes of this tensor after the JSON, in the place of `data`.",
};

const INPUT = named(
  "InferInput",
  object(
    {
      name: STRING,
      datatype: DATATYPE,
      shape: SHAPE,
      parameters: parameters({ binary_data_size: BINARY_DATA_SIZE }),
      data: DATA,
    },
    ["name", "datatype", "shape"],
  ),
);

const REQUESTED_OUTPUT = named(
  "RequestedOutput",
  object(
    {
      name: STRING,
      parameters: parameters({
        binary_data: { ...BOOLEAN, description: "Whether it is sent as binary data; in the place of the request's." },
        classification: {
          ...SIZE,
          minimum: 1,
          description: "How many of the best classes of each row to send instead, as texts `value:index[:label]`.",
        },
      }),
    },
    ["name"],
  ),
);

const REQUEST_PARAMETERS = parameters({
  priority: { ...SIZE, maximum: MAX_PRIORITY, description: "1 is the highest level; 0, the default, the lowest." },
  timeout: { ...SIZE, description: "Microseconds that the request may wait; 0 is without limit." },
  binary_data_output: { ...BOOLEAN, description: "Whether all outputs are sent as binary data." },
});

export const INFER_REQUEST: JsonSchema = named("InferRequest", {
  ...object(
    {
      id: { ...STRING, description: "Comes back in the answer." },
      parameters: REQUEST_PARAMETERS,
      inputs: list(INPUT),
      outputs: { ...list(REQUESTED_OUTPUT), description: "Those to be sent, in this order. Default: all." },
    },
    ["inputs"],
  ),
  examples: [{ id: "1", inputs: [{ name: "x", datatype: "FP32", shape: [1, 3], data: [0.5, 1, 2] }] }],
});

const OUTPUT = named(
  "InferOutput",
  object(
    {
      name: STRING,
      datatype: { enum: [...DATATYPE_LIST, "BYTES"], description: "BYTES: classes, which were asked for." },
      shape: SHAPE,
      parameters: parameters({ binary_data_size: BINARY_DATA_SIZE }),
      data: DATA,
    },
    ["name", "datatype", "shape"],
  ),
);

export const INFER_RESPONSE: JsonSchema = named("InferResponse", {
  ...object({ model_name: STRING, model_version: STRING, id: STRING, outputs: list(OUTPUT) }, [
    "model_name",
    "model_version",
    "outputs",
  ]),
  examples: [
    {
      model_name: "m",
      model_version: "1",
      id: "1",
      outputs: [{ name: "y", datatype: "FP32", shape: [1, 2], data: [0.25, 0.75] }],
    },
  ],
});
