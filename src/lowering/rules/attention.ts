import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import type { Operand, ShapedOperand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { reshapeTo, swapAxes, unsqueeze } from "../shaping.ts";
import { reduce } from "./reduction.ts";

function sizeFromEnd(call: Call, { shape }: ShapedOperand, axis: number): number {
  return call.known(shape.at(axis), "the size of the heads");
}

/** Gives every query head its key or value head: consecutive query heads share one. */
function sharedHeads(emit: Emitter, call: Call, query: ShapedOperand, heads: ShapedOperand): Operand {
  if (!call.has("enable_gqa") || !call.boolean("enable_gqa")) return heads;
  const rank = heads.shape.length;
  const count = sizeFromEnd(call, query, -3);
  const times = count / sizeFromEnd(call, heads, -3);
  if (times === 1) return heads;
  if (rank !== 4) return call.refuse("enable_gqa of tensors that are not 4-D");
  const repeated = emit.op("Tile", [unsqueeze(emit, heads, 2), emit.int64s([1, 1, times, 1, 1])]);
  return reshapeTo(emit, repeated, [0, count, -1, sizeFromEnd(call, heads, -1)]);
}

/** The scaled products of queries and keys. */
function attentionScores(emit: Emitter, call: Call, query: ShapedOperand, key: Operand): Operand {
  const rank = call.tensor("key").shape.length;
  const scale = call.has("scale") ? call.number("scale") : 1 / Math.sqrt(sizeFromEnd(call, query, -1));
  const scaled = emit.op("Mul", [query, emit.like(query, scale)]);
  return emit.op("MatMul", [scaled, swapAxes(emit, key, rank, rank - 2, rank - 1)]);
}

/** Minus infinity where a query must not see a key. */
function causallyMasked(emit: Emitter, scores: Operand): Operand {
  const plane = emit.op("Shape", [scores], { start: -2 });
  const visible = emit.op("Trilu", [emit.op("Expand", [emit.constant("bool", true), plane]), emit.int64(0)], {
    upper: 0,
  });
  return emit.op("Where", [visible, scores, emit.like(scores, Number.NEGATIVE_INFINITY)]);
}

function masked(emit: Emitter, scores: Operand, mask: Operand): Operand {
  if (mask.dtype !== "bool") return emit.op("Add", [scores, emit.cast(mask, scores.dtype)]);
  return emit.op("Where", [mask, scores, emit.like(scores, Number.NEGATIVE_INFINITY)]);
}

/** Whether a query sees any key at all, along an axis of size 1 in the place of the keys. */
function seesAny(emit: Emitter, mask: ShapedOperand): Operand {
  const best = reduce(emit, "ReduceMax", mask, { axes: [mask.shape.length - 1], keepdims: true });
  return mask.dtype === "bool" ? best : emit.op("Greater", [best, emit.like(mask, Number.NEGATIVE_INFINITY)]);
}

/** A query that sees no key gives zeros, where a plain softmax would give NaN. */
function attend(emit: Emitter, call: Call): Operand {
  if (call.number("dropout_p") > 0) return call.refuse("it is random; export after model.eval()");
  const query = call.tensor("query");
  const [key, value] = [call.tensor("key"), call.tensor("value")].map((heads) => sharedHeads(emit, call, query, heads));
  if (!key || !value) return call.refuse("key and value are missing");
  const mask = call.optionalTensor("attn_mask");
  const products = attentionScores(emit, call, query, key);
  const causal = call.boolean("is_causal") ? causallyMasked(emit, products) : products;
  const scores = mask ? masked(emit, causal, mask) : causal;
  const result = emit.op("MatMul", [emit.op("Softmax", [scores], { axis: -1 }), value]);
  return mask ? emit.op("Where", [seesAny(emit, mask), result, emit.like(result, 0)]) : result;
}

const attention: Rule = (emit, call) => [attend(emit, call)];

export const ATTENTION: RuleTable = {
  "aten.scaled_dot_product_attention.default": attention,
  "aten._scaled_dot_product_flash_attention_for_cpu.default": attention,
};
