import { dimExpression } from "../../core/index.ts";
import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import type { Operand, ShapedOperand, Size } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { END, sizeOf, slice } from "../shaping.ts";

/** How many elements one axis gets at its beginning and end; negative ones are taken away. */
interface AxisPad {
  readonly axis: number;
  readonly before: number;
  readonly after: number;
}

/** The same where the inputs tell how many. */
interface OpenPad {
  readonly axis: number;
  readonly before: Size;
  readonly after: Size;
}

function isKnown(pad: OpenPad): pad is AxisPad {
  return typeof pad.before === "number" && typeof pad.after === "number";
}

function axisPads(call: Call, name: string): readonly AxisPad[] {
  const pads = openPads(call, name);
  return pads.every(isKnown) ? pads : call.refuse(`${name} is computed by the model`);
}

/** PyTorch gives pairs, for the last axis first. */
function openPads(call: Call, name: string): readonly OpenPad[] {
  const rank = call.shape.length;
  const pairs = call.sizes(name);
  if (pairs.length > 2 * rank) return call.refuse("more axes are padded than there are");
  const axes = Array.from({ length: pairs.length / 2 }, (_, i) => i);
  const pads = axes.map((i) => ({ axis: rank - 1 - i, before: pairs[2 * i] ?? 0, after: pairs[2 * i + 1] ?? 0 }));
  return pads.filter(({ before, after }) => before !== 0 || after !== 0);
}

function nativePad(
  emit: Emitter,
  input: ShapedOperand,
  pads: readonly OpenPad[],
  mode: string,
  value?: Operand,
): Operand {
  const sizes = input.shape.map((_, axis) => pads.find((pad) => pad.axis === axis));
  const vector = emit.int64s([...sizes.map((pad) => pad?.before ?? 0), ...sizes.map((pad) => pad?.after ?? 0)]);
  return pads.length === 0 ? input : emit.op("Pad", [input, vector, value], { mode });
}

/** What fills the new elements when they repeat old ones. */
interface Repetition {
  readonly native: string;
  /** The position of the element that stands at `position`, which may lie outside of 0 … last. */
  readonly source: (emit: Emitter, position: Operand, last: Operand) => Operand;
}

const REFLECT: Repetition = {
  native: "reflect",
  source: (emit, position, last) => {
    const fromEnd = emit.op("Abs", [emit.op("Sub", [last, emit.op("Abs", [position])])]);
    return emit.op("Sub", [last, fromEnd]);
  },
};

const REPLICATE: Repetition = {
  native: "edge",
  source: (emit, position, last) => emit.op("Clip", [position, emit.int64(0), last]),
};

function negated(emit: Emitter, size: Size): Operand {
  return typeof size === "number" ? emit.int64(-size) : emit.op("Neg", [size]);
}

/** Pads one axis by picking elements: what the native operator cannot do. */
function picked(emit: Emitter, input: Operand, self: ShapedOperand, pad: OpenPad, { source }: Repetition): Operand {
  const size = emit.int64(sizeOf(emit, self, pad.axis));
  const end = emit.op("Add", [size, emit.int64(pad.after)]);
  const positions = emit.op("Range", [negated(emit, pad.before), end, emit.int64(1)]);
  const last = emit.op("Sub", [size, emit.int64(1)]);
  return emit.op("Gather", [input, source(emit, positions, last)], { axis: pad.axis });
}

function repeated(emit: Emitter, call: Call, repetition: Repetition, name: string): Operand {
  const self = call.tensor("self");
  // PyTorch refuses to reflect more than an axis has, which only known pads can be checked for.
  const pads = repetition === REFLECT ? axisPads(call, name) : openPads(call, name);
  const isPlain = pads.every((pad) => isKnown(pad) && pad.before >= 0 && pad.after >= 0) && !self.shape.includes(0);
  if (isPlain) return nativePad(emit, self, pads, repetition.native);
  if (pads.some(({ axis }) => self.shape[axis] === 0)) return call.refuse("an empty axis");
  return pads.reduce((input: Operand, pad) => picked(emit, input, self, pad, repetition), self);
}

/** Takes away what negative pads take away. */
function cropped(emit: Emitter, self: ShapedOperand, pads: readonly AxisPad[]): ShapedOperand {
  return pads.reduce((input: ShapedOperand, { axis, before, after }) => {
    if (before >= 0 && after >= 0) return input;
    const [start, end] = [Math.max(0, -before), after < 0 ? after : END];
    const size = dimExpression("add", input.shape[axis] ?? 0, Math.min(0, before), Math.min(0, after));
    return { ...slice(emit, input, axis, start, end), shape: input.shape.with(axis, size) };
  }, self);
}

/** The ends of what is left continue at each other's side. */
function circular(emit: Emitter, call: Call): Operand {
  const pads = axisPads(call, "pad");
  const self = cropped(emit, call.tensor("self"), pads);
  return pads.reduce((input: Operand, { axis, before, after }) => {
    const front = before > 0 ? [slice(emit, input, axis, -before, END)] : [];
    const back = after > 0 ? [slice(emit, input, axis, 0, after)] : [];
    return front.length + back.length === 0 ? input : emit.op("Concat", [...front, input, ...back], { axis });
  }, self);
}

function filled(emit: Emitter, call: Call): Operand {
  const value = call.has("value") ? call.converted("value") : emit.constant(call.dtype, 0);
  return nativePad(emit, call.tensor("self"), openPads(call, "pad"), "constant", value);
}

/** The modes of `torch.nn.functional.pad`. */
const MODES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ["constant", filled],
  ["reflect", (emit, call) => repeated(emit, call, REFLECT, "pad")],
  ["replicate", (emit, call) => repeated(emit, call, REPLICATE, "pad")],
  ["circular", circular],
]);

const pad: Rule = (emit, call) => {
  const mode = call.string("mode");
  const rule = MODES.get(mode) ?? call.refuse(`mode ${mode}`);
  return rule(emit, call);
};

const reflectionPad: Rule = (emit, call) => repeated(emit, call, REFLECT, "padding");
const replicationPad: Rule = (emit, call) => repeated(emit, call, REPLICATE, "padding");

export const PADDING: RuleTable = {
  "aten.pad.default": pad,
  "aten.constant_pad_nd.default": filled,
  "aten.reflection_pad1d.default": reflectionPad,
  "aten.reflection_pad2d.default": reflectionPad,
  "aten.reflection_pad3d.default": reflectionPad,
  "aten.replication_pad1d.default": replicationPad,
  "aten.replication_pad2d.default": replicationPad,
  "aten.replication_pad3d.default": replicationPad,
};
