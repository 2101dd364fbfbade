import type { JsonSchema } from "../../container/index.ts";
import { ERRORS } from "../../core/index.ts";
import { named, object, STRING } from "./values.ts";

export const ERROR: JsonSchema = named("Error", {
  ...object(
    {
      error: { ...STRING, description: "What is wrong and what would be legal." },
      code: { enum: Object.keys(ERRORS), description: "Stable; docs/errors.md tells of each." },
    },
    ["error", "code"],
  ),
  examples: [{ error: "there is no model n; did you mean m?", code: "MODEL_UNKNOWN" }],
});
