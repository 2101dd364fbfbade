import type { BatchEvent } from "../../scheduler/index.ts";
import type { ModelIdentity } from "../infer-response.ts";

/** Who wants to know how an inference goes. */
export interface InferenceWatch {
  /** It has been read and is given to the model. @param rows 1 for models without a batch axis */
  began(model: ModelIdentity, rows: number): void;
  /** Its batch has run, or that of a piece of it. */
  ran(event: BatchEvent): void;
}
