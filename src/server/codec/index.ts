export { Codec } from "./codec.ts";
export { readInferOn, readInstancesOn, writeInferOn, writePredictionsOn } from "./placement.ts";
