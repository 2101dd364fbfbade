import type { JsonSchema } from "../../container/index.ts";
import { LIST, named, object } from "./values.ts";

export const PREDICT_REQUEST: JsonSchema = named("PredictRequest", {
  ...object(
    {
      instances: {
        ...LIST,
        minItems: 1,
        description: "Rows: each the value of the model's one input, or an object with a value for each input.",
      },
    },
    ["instances"],
  ),
  examples: [{ instances: [[0.5, 1, 2]] }],
});

export const PREDICT_RESPONSE: JsonSchema = named("PredictResponse", {
  ...object(
    {
      predictions: {
        ...LIST,
        description:
          "One for each row: the value of the model's one output, or an object with a value for each output.",
      },
    },
    ["predictions"],
  ),
  examples: [{ predictions: [[0.25, 0.75]] }],
});
