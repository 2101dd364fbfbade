import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import type { Operand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";

/** PyTorch gives pairs for the last axis first; ONNX takes all beginnings, then all ends. */
function pads(call: Call, rank: number, pairs: readonly number[]): readonly number[] {
  if (pairs.length > 2 * rank) return call.refuse("more axes are padded than there are");
  const side = (offset: number) =>
    Array.from({ length: rank }, (_, axis) => pairs[2 * (rank - 1 - axis) + offset] ?? 0);
  return [...side(0), ...side(1)];
}

function padded(emit: Emitter, call: Call, mode: string, value: Operand | undefined, name: string): Operand {
  const self = call.tensor("self");
  const sizes = call.ints(name);
  if (sizes.every((size) => size === 0)) return self;
  return emit.op("Pad", [self, emit.int64s(pads(call, self.shape.length, sizes)), value], { mode });
}

const constantPad: Rule = (emit, call) => padded(emit, call, "constant", call.operand("value"), "pad");

function mirrored(mode: "reflect" | "edge"): Rule {
  return (emit, call) => padded(emit, call, mode, undefined, "padding");
}

/** The modes of `torch.nn.functional.pad` by their ONNX names. */
const MODES: Readonly<Record<string, string>> = {
  constant: "constant",
  reflect: "reflect",
  replicate: "edge",
  circular: "wrap",
};

const pad: Rule = (emit, call) => {
  const mode = MODES[call.string("mode")] ?? call.refuse(`mode ${call.string("mode")}`);
  const zero = emit.constant(call.dtype, 0);
  const value = call.has("value") ? call.operand("value") : zero;
  return padded(emit, call, mode, mode === "constant" ? value : undefined, "pad");
};

export const PADDING: RuleTable = {
  "aten.pad.default": pad,
  "aten.constant_pad_nd.default": constantPad,
  "aten.reflection_pad1d.default": mirrored("reflect"),
  "aten.reflection_pad2d.default": mirrored("reflect"),
  "aten.reflection_pad3d.default": mirrored("reflect"),
  "aten.replication_pad1d.default": mirrored("edge"),
  "aten.replication_pad2d.default": mirrored("edge"),
  "aten.replication_pad3d.default": mirrored("edge"),
};
