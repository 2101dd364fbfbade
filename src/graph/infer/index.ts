export { floorDivide, minus, modulo, plus, sameDim, times } from "./dim-math.ts";
export * from "./infer-context.ts";
export * from "./infer-types.ts";
export * from "./undecided-error.ts";
