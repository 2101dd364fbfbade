export { Codec } from "./codec.ts";
export { readInferMessageOn, readInferOn, readInstancesOn, writeInferOn, writePredictionsOn } from "./placement.ts";
