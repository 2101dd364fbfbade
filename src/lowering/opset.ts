/** The versions of ONNX's operators that can be written. */
export const OPSETS = [17, 18, 19, 20, 21, 22] as const;

export type Opset = (typeof OPSETS)[number];

/** The one that rules emit; others are derived from it. */
export const DEFAULT_OPSET: Opset = 20;

const IR_VERSIONS: Readonly<Record<Opset, number>> = { 17: 8, 18: 8, 19: 9, 20: 9, 21: 10, 22: 10 };

/** The ONNX IR version that came with an opset. */
export function irVersion(opset: Opset): number {
  return IR_VERSIONS[opset];
}
