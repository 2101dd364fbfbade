import type { Dim } from "../../core/index.ts";
import type { SymbolicTensor } from "../symbolic-tensor.ts";

export interface PadOptions {
  readonly mode?: "constant" | "reflect" | "replicate" | "circular";
  /** What "constant" fills with; 0 unless given. */
  readonly value?: number;
}

/** Widens axes, the last one first: `[left, right, top, bottom]`, as `torch.nn.functional.pad`. */
export function pad(
  self: SymbolicTensor,
  sides: readonly Dim[],
  { mode = "constant", value }: PadOptions = {},
): SymbolicTensor {
  return self.call({ target: "aten.pad.default", args: { self, pad: sides, mode, value: value ?? null } });
}
