export { ERROR } from "./schemas/error.ts";
export { INFER_REQUEST, INFER_RESPONSE } from "./schemas/infer.ts";
export { MODEL_CONFIG } from "./schemas/model-config.ts";
export * from "./schemas/models.ts";
export { PREDICT_REQUEST, PREDICT_RESPONSE } from "./schemas/predict.ts";
export * from "./schemas/repository.ts";
export { BOOLEAN, LIST, list, named, object, parameters, SIZE, STRING } from "./schemas/values.ts";
