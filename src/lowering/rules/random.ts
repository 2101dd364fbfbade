import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import { Formula } from "../formula.ts";
import type { Operand, ShapedOperand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { shapeVector, sizeOf, squeeze, unsqueeze } from "../shaping.ts";

type Draw = (f: Formula, noise: Operand, call: Call) => Operand;

/** Numbers from [0, 1), of a shape that a vector tells. */
function uniformNoise(emit: Emitter, shape: Operand): Operand {
  return emit.op("RandomUniformLike", [emit.op("Expand", [emit.constant("float32", 0), shape])]);
}

function normalNoise(emit: Emitter, shape: Operand): Operand {
  return emit.op("RandomNormalLike", [emit.op("Expand", [emit.constant("float32", 0), shape])]);
}

/** The shape that `size` or `self` gives. */
function shapeOf(emit: Emitter, call: Call): Operand {
  return call.has("size") ? emit.int64s(call.sizes("size")) : shapeVector(emit, call.tensor("self"));
}

/** What is drawn from noise; which stream the noise is from is not PyTorch's. */
function drawn(draw: Draw, noise: typeof uniformNoise = uniformNoise): Rule {
  return (emit, call) => {
    call.requireRandomness();
    return draw(new Formula(emit), noise(emit, shapeOf(emit, call)), call);
  };
}

const same: Draw = (_, noise) => noise;

const uniform = drawn((f, noise, call) => {
  const [from, to] = [call.number("from"), call.number("to")];
  return f.add(f.mul(noise, to - from), from);
});

const normal: Rule = (emit, call) => {
  call.requireRandomness();
  const f = new Formula(emit);
  const [mean, deviation] = [call.operand("mean", "float32"), call.operand("std", "float32")];
  const shape = call.has("size") ? emit.int64s(call.sizes("size")) : emit.op("Shape", [f.add(mean, deviation)]);
  return f.add(f.mul(normalNoise(emit, shape), deviation), mean);
};

/** Whole numbers from low up to, but without, high. */
const wholeNumber = drawn((f, noise, call) => {
  const low = call.has("low") ? call.number("low") : 0;
  const drawnNumber = f.floor(f.mul(f.cast(noise, "float64"), call.number("high") - low));
  return f.add(drawnNumber, low);
});

const coin = drawn((f, noise, call) => {
  const share = call.operand(call.has("p") ? "p" : "self", "float32");
  return f.less(noise, share);
});

const exponential = drawn((f, noise, call) => f.div(f.neg(f.log(f.sub(1, noise))), call.number("lambd")));

/** The positions of the greatest of random keys: a random order. */
function order(emit: Emitter, keys: Operand, count: Operand): Operand {
  const [, positions] = emit.ops("TopK", [keys, count], { axis: -1 }, 2);
  return positions ?? keys;
}

const permutation: Rule = (emit, call) => {
  call.requireRandomness();
  const count = emit.int64s([call.size("n")]);
  return order(emit, uniformNoise(emit, count), count);
};

/** Without replacement: the greatest of log-weights with Gumbel noise. */
const choice: Rule = (emit, call) => {
  call.requireRandomness();
  const f = new Formula(emit);
  const [self, count] = [call.tensor("self"), call.number("num_samples")];
  const weights = unsqueeze(emit, emit.cast(self, "float32"), self.shape.length - 1);
  const draws = call.boolean("replacement") ? count : 1;
  const sizes = self.shape.map((_, axis) => sizeOf(emit, self, axis));
  const noise = uniformNoise(emit, emit.int64s(sizes.toSpliced(-1, 0, draws)));
  const keys = f.sub(f.log(weights), f.log(f.neg(f.log(f.max(noise, 1e-38)))));
  const found = order(emit, keys, emit.int64s([call.boolean("replacement") ? 1 : count]));
  return squeeze(emit, found, call.boolean("replacement") ? self.shape.length : self.shape.length - 1);
};

/** Whole channels are kept or dropped together. */
function channelShape(emit: Emitter, input: ShapedOperand): Operand {
  const ones = input.shape.map((_, axis) => (axis < 2 ? sizeOf(emit, input, axis) : 1));
  return emit.int64s(ones);
}

/** Which elements are kept, with probability 1 − p. */
function kept(emit: Emitter, call: Call, shape: Operand): Operand {
  call.requireRandomness();
  return new Formula(emit).greaterOrEqual(uniformNoise(emit, shape), call.number("p"));
}

/** What is dropped in training is 0, and the rest grows by as much. */
export function dropout(emit: Emitter, call: Call, byChannel: boolean): readonly [Operand, Operand] {
  const f = new Formula(emit);
  const input = call.tensor("input");
  const isKept = kept(emit, call, byChannel ? channelShape(emit, input) : shapeVector(emit, input));
  return [f.where(isKept, f.div(input, 1 - call.number("p")), 0), isKept];
}

const ALPHA = -1.7580993408473766;

/** What is dropped takes SELU's value at minus infinity; mean and variance are kept. */
export function alphaDropout(emit: Emitter, call: Call, byChannel: boolean): Operand {
  const f = new Formula(emit);
  const input = call.tensor("input");
  const p = call.number("p");
  const scale = 1 / Math.sqrt((1 - p) * (1 + p * ALPHA * ALPHA));
  const isKept = kept(emit, call, byChannel ? channelShape(emit, input) : shapeVector(emit, input));
  return f.add(f.mul(f.where(isKept, input, ALPHA), scale), -scale * ALPHA * p);
}

/** Slopes below zero are drawn in training; else the mean of their bounds. */
const randomizedRelu: Rule = (emit, call) => {
  const f = new Formula(emit);
  const self = call.operand("self");
  const [lower, upper] = [call.number("lower"), call.number("upper")];
  const isDrawn = call.boolean("training");
  if (isDrawn) call.requireRandomness();
  const noise = isDrawn ? uniformNoise(emit, shapeVector(emit, call.tensor("self"))) : undefined;
  const slope = noise ? f.add(f.mul(f.cast(noise, self.dtype), upper - lower), lower) : (lower + upper) / 2;
  return f.where(f.less(self, 0), f.mul(self, slope), self);
};

function overloads(operator: string, names: readonly string[], rule: Rule): RuleTable {
  return Object.fromEntries(names.map((name) => [`aten.${operator}.${name}`, rule]));
}

export const RANDOMIZED_ACTIVATION: RuleTable = { "aten.rrelu.default": randomizedRelu };

/** Operators that PyTorch computes from its stream of random numbers. */
export const RANDOM: RuleTable = {
  ...overloads("rand", ["default", "generator"], drawn(same)),
  ...overloads("rand_like", ["default", "generator"], drawn(same)),
  ...overloads("randn", ["default", "generator"], drawn(same, normalNoise)),
  ...overloads("randn_like", ["default", "generator"], drawn(same, normalNoise)),
  "aten.uniform.default": uniform,
  ...overloads("normal", ["Tensor_Tensor", "Tensor_float", "float_Tensor", "float_float"], normal),
  ...overloads("randint", ["default", "low", "generator", "low_generator"], wholeNumber),
  ...overloads("randint_like", ["default", "low_dtype", "generator", "low_generator_dtype"], wholeNumber),
  ...overloads("bernoulli", ["default", "p", "Tensor"], coin),
  "aten.exponential.default": exponential,
  ...overloads("randperm", ["default", "generator"], permutation),
  "aten.multinomial.default": choice,
};
