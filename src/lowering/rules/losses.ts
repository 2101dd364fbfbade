import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import { Formula } from "../formula.ts";
import type { Operand, ShapedOperand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { reshapeTo, unsqueeze } from "../shaping.ts";
import { vectorDistance } from "./distance.ts";
import { logOnePlus } from "./elementwise.ts";
import { reduce } from "./reduction.ts";

/** How PyTorch numbers the ways to reduce a loss. */
const NONE = 0;
const MEAN = 1;

function total(emit: Emitter, input: Operand, op: "ReduceSum" | "ReduceMean"): Operand {
  return emit.op(op, [input], { keepdims: 0 });
}

function reduced(emit: Emitter, call: Call, loss: Operand): Operand {
  const reduction = call.number("reduction");
  if (reduction === NONE) return loss;
  if (reduction !== MEAN) return total(emit, loss, "ReduceSum");
  const count = emit.cast(emit.op("Size", [loss]), loss.dtype);
  return emit.op("Div", [total(emit, loss, "ReduceSum"), count]);
}

type Write = (f: Formula, first: Operand, second: Operand, call: Call) => Operand;

/** A loss by elements of two arguments, reduced as asked. */
function pointwise(write: Write, first = "self", second = "target"): Rule {
  return (emit, call) => reduced(emit, call, write(new Formula(emit), call.operand(first), call.operand(second), call));
}

const squared: Write = (f, x, y) => f.square(f.sub(x, y));
const absolute: Write = (f, x, y) => f.abs(f.sub(x, y));

const smoothAbsolute: Write = (f, x, y, call) => {
  const beta = call.number("beta");
  const distance = f.abs(f.sub(x, y));
  if (beta === 0) return distance;
  const curve = f.div(f.mul(f.square(distance), 0.5), beta);
  return f.where(f.less(distance, beta), curve, f.sub(distance, 0.5 * beta));
};

const huber: Write = (f, x, y, call) => {
  const delta = call.number("delta");
  const distance = f.abs(f.sub(x, y));
  const line = f.mul(f.sub(distance, 0.5 * delta), delta);
  return f.where(f.lessOrEqual(distance, delta), f.mul(f.square(distance), 0.5), line);
};

function weighted(f: Formula, call: Call, loss: Operand): Operand {
  return call.has("weight") ? f.mul(loss, call.operand("weight")) : loss;
}

/** Logarithms count as at least -100. */
const crossEntropyOfBits: Write = (f, x, y, call) => {
  const [logYes, logNo] = [f.log(x), logOnePlus(f.emit, f.neg(x))].map((log) => f.max(log, -100));
  if (!logYes || !logNo) return x;
  return weighted(f, call, f.sub(f.mul(f.sub(y, 1), logNo), f.mul(y, logYes)));
};

/** (1 − y) · x − w · log σ(x), with w = 1 where positive examples have no weight. */
const crossEntropyOfLogits: Write = (f, x, y, call) => {
  const isPlain = !call.has("pos_weight");
  const logSigmoid = f.neg(f.emit.op("Softplus", [f.neg(x)]));
  const weight = isPlain ? undefined : f.add(f.mul(y, f.sub(call.operand("pos_weight"), 1)), 1);
  const positive = weight ? f.mul(weight, logSigmoid) : logSigmoid;
  return weighted(f, call, f.sub(f.mul(f.sub(1, y), x), positive));
};

const divergence: Write = (f, x, y, call) => {
  if (call.boolean("log_target")) return f.mul(f.exp(y), f.sub(y, x));
  const entropy = f.where(f.equal(y, 0), 0, f.mul(y, f.log(y)));
  return f.sub(entropy, f.mul(y, x));
};

const poisson: Write = (f, x, y, call) => {
  const isLog = call.boolean("log_input");
  const loss = isLog ? f.sub(f.exp(x), f.mul(y, x)) : f.sub(x, f.mul(y, f.log(f.add(x, call.number("eps")))));
  if (!call.boolean("full")) return loss;
  const stirling = f.add(f.sub(f.mul(y, f.log(y)), y), f.mul(f.log(f.mul(y, 2 * Math.PI)), 0.5));
  return f.add(loss, f.where(f.lessOrEqual(y, 1), 0, stirling));
};

/** PyTorch rounds the power before it goes on, which may make it infinite. */
const softMargin: Write = (f, x, y, call) => {
  const power = f.cast(f.exp(f.mul(f.neg(y), x)), call.tensorType("self"));
  return logOnePlus(f.emit, f.cast(power, x.dtype));
};

const hingeEmbedding: Write = (f, x, y, call) => {
  const dissimilar = f.max(f.sub(call.number("margin"), x), 0);
  return f.add(f.where(f.equal(y, 1), 0, dissimilar), f.where(f.equal(y, -1), 0, x));
};

const marginRanking: Rule = (emit, call) => {
  const f = new Formula(emit);
  const difference = f.sub(call.operand("input1"), call.operand("input2"));
  const loss = f.add(f.mul(f.neg(call.operand("target")), difference), call.number("margin"));
  return reduced(emit, call, f.max(loss, 0));
};

function lastSum(emit: Emitter, input: Operand, rank: number): Operand {
  return reduce(emit, "ReduceSum", input, { axes: [rank - 1], keepdims: false });
}

const cosineEmbedding: Rule = (emit, call) => {
  const f = new Formula(emit);
  const rank = call.tensor("input1").shape.length;
  const [a, b, target] = [call.operand("input1"), call.operand("input2"), call.operand("target")];
  const dot = (x: Operand, y: Operand) => lastSum(emit, f.mul(x, y), rank);
  const length = (x: Operand) => f.add(dot(x, x), 1e-12);
  const cosine = f.div(dot(a, b), f.sqrt(f.mul(length(a), length(b))));
  const similar = f.where(f.equal(target, 1), f.sub(1, cosine), 0);
  const dissimilar = f.where(f.equal(target, -1), f.max(f.sub(cosine, call.number("margin")), 0), 0);
  return reduced(emit, call, f.add(similar, dissimilar));
};

const tripletMargin: Rule = (emit, call) => {
  const f = new Formula(emit);
  const [p, eps] = [call.number("p"), call.number("eps")];
  const distance = (a: string, b: string) => {
    const rank = Math.max(call.tensor(a).shape.length, call.tensor(b).shape.length);
    return vectorDistance(f, f.add(f.sub(call.operand(a), call.operand(b)), eps), p, rank - 1);
  };
  const positive = distance("anchor", "positive");
  const negative = distance("anchor", "negative");
  const nearest = call.boolean("swap") ? f.min(negative, distance("positive", "negative")) : negative;
  return reduced(emit, call, f.max(f.sub(f.add(positive, call.number("margin")), nearest), 0));
};

/** The values that the classes in `target` pick along `axis`. */
function picked(emit: Emitter, input: Operand, target: Operand, axis: number): Operand {
  const column = unsqueeze(emit, target, axis);
  const found = emit.op("GatherElements", [input, column], { axis });
  return emit.op("Squeeze", [found, emit.int64s([axis])]);
}

interface Likelihood {
  readonly loss: Operand;
  readonly weights: Operand;
}

/** The negative log-likelihood of each example and what it counts; nothing where the class is ignored. */
function likelihood(emit: Emitter, call: Call, input: Operand, axis: number): Likelihood {
  const f = new Formula(emit);
  const given = emit.cast(call.tensor("target"), "int64");
  const isIgnored = f.equal(given, call.number("ignore_index"));
  const target = f.where(isIgnored, 0, given);
  const weight = call.optionalTensor("weight");
  const ones = emit.op("Expand", [emit.like(input, 1), emit.op("Shape", [target])]);
  const weights = weight ? emit.op("Gather", [weight, target], { axis: 0 }) : ones;
  const counted = f.where(isIgnored, 0, weights);
  const loss = f.where(isIgnored, 0, f.neg(f.mul(picked(emit, input, target, axis), counted)));
  return { loss, weights: counted };
}

/** The mean is weighted like the examples. */
function reducedLikelihood(emit: Emitter, call: Call, { loss, weights }: Likelihood): readonly Operand[] {
  const count = total(emit, weights, "ReduceSum");
  const reduction = call.number("reduction");
  if (reduction === NONE) return [loss, emit.like(loss, 0)];
  const sum = total(emit, loss, "ReduceSum");
  return [reduction === MEAN ? emit.op("Div", [sum, count]) : sum, count];
}

function classAxis({ shape }: ShapedOperand): number {
  return shape.length === 1 ? 0 : 1;
}

const negativeLikelihood: Rule = (emit, call) => {
  const self = call.tensor("self");
  return reducedLikelihood(emit, call, likelihood(emit, call, self, classAxis(self)));
};

/** Of probabilities instead of classes. */
function softCrossEntropy(emit: Emitter, call: Call, logs: Operand, axis: number): Operand {
  const f = new Formula(emit);
  const { shape } = call.tensor("self");
  const smoothing = call.number("label_smoothing");
  const classes = call.known(shape[axis], "the number of classes");
  const given = call.operand("target");
  const target = smoothing === 0 ? given : f.add(f.mul(given, 1 - smoothing), smoothing / classes);
  const line = shape.map((_, i) => (i === axis ? -1 : 1));
  const weight = call.optionalTensor("weight");
  const scaled = weight ? f.mul(logs, reshapeTo(emit, weight, line)) : logs;
  const loss = f.neg(reduce(emit, "ReduceSum", f.mul(scaled, target), { axes: [axis], keepdims: false }));
  const reduction = call.number("reduction");
  if (reduction === NONE) return loss;
  const sum = total(emit, loss, "ReduceSum");
  if (reduction !== MEAN) return sum;
  return f.div(sum, emit.cast(emit.op("Size", [loss]), loss.dtype));
}

/** Label smoothing mixes in the mean over all classes. */
function smoothed(emit: Emitter, call: Call, logs: Operand, axis: number, plain: Likelihood): Operand {
  const f = new Formula(emit);
  const { shape } = call.tensor("self");
  const smoothing = call.number("label_smoothing");
  const line = shape.map((_, i) => (i === axis ? -1 : 1));
  const weight = call.optionalTensor("weight");
  const scaled = weight ? f.mul(logs, reshapeTo(emit, weight, line)) : logs;
  const sums = f.neg(reduce(emit, "ReduceSum", scaled, { axes: [axis], keepdims: false }));
  const isIgnored = f.equal(emit.cast(call.tensor("target"), "int64"), call.number("ignore_index"));
  const smooth: Likelihood = { ...plain, loss: f.where(isIgnored, 0, sums) };
  const [part] = reducedLikelihood(emit, call, plain);
  const [rest] = smoothMean(emit, call, smooth, isIgnored);
  if (!part || !rest) return logs;
  const classes = call.known(shape[axis], "the number of classes");
  return f.add(f.mul(part, 1 - smoothing), f.mul(rest, smoothing / classes));
}

/** Unweighted examples are counted, weighted ones by the weights of their classes. */
function smoothMean(emit: Emitter, call: Call, smooth: Likelihood, isIgnored: Operand): readonly Operand[] {
  if (call.has("weight")) return reducedLikelihood(emit, call, smooth);
  const counted = emit.cast(emit.op("Not", [isIgnored]), smooth.loss.dtype);
  return reducedLikelihood(emit, call, { ...smooth, weights: counted });
}

const crossEntropy: Rule = (emit, call) => {
  const self = call.tensor("self");
  const axis = classAxis(self);
  const logs = emit.op("LogSoftmax", [self], { axis });
  const isSoft = call.tensor("target").shape.length === self.shape.length && emit.isFloating(call.tensor("target"));
  if (isSoft) return softCrossEntropy(emit, call, logs, axis);
  const plain = likelihood(emit, call, logs, axis);
  if (call.number("label_smoothing") > 0) return smoothed(emit, call, logs, axis, plain);
  return reducedLikelihood(emit, call, plain).slice(0, 1);
};

function classCount(call: Call): number {
  return call.known(call.tensor("self").shape.at(-1) ?? 1, "the number of classes");
}

/** Rows of one example are a batch of one. */
function rowsOf(emit: Emitter, input: ShapedOperand): Operand {
  return input.shape.length === 2 ? input : reshapeTo(emit, input, [1, -1]);
}

const multiMargin: Rule = (emit, call) => {
  const f = new Formula(emit);
  const rows = rowsOf(emit, call.tensor("self"));
  const target = emit.cast(reshapeTo(emit, call.tensor("target"), [-1, 1]), "int64");
  const own = emit.op("GatherElements", [rows, target], { axis: 1 });
  const margin = f.max(f.add(f.sub(rows, own), call.number("margin")), 0);
  const powered = call.number("p") === 1 ? margin : f.square(margin);
  const weight = call.optionalTensor("weight");
  const loss = weight ? f.mul(powered, emit.op("Gather", [weight, target], { axis: 0 })) : powered;
  const count = classCount(call);
  const range = emit.op("Range", [emit.int64(0), emit.int64(count), emit.int64(1)]);
  const others = f.where(f.equal(target, range), 0, loss);
  const perRow = f.div(reduce(emit, "ReduceSum", others, { axes: [1], keepdims: false }), count);
  const isBatch = call.tensor("self").shape.length === 2;
  return reduced(emit, call, isBatch ? perRow : reshapeTo(emit, perRow, []));
};

/** Classes up to the first -1 are the true ones; each is held against all others. */
const multiLabelMargin: Rule = (emit, call) => {
  const f = new Formula(emit);
  const self = call.tensor("self");
  const count = classCount(call);
  const rows = self.shape.length === 0 ? reshapeTo(emit, self, [1, 1]) : rowsOf(emit, self);
  const target = reshapeTo(emit, emit.cast(call.tensor("target"), "int64"), [-1, count]);
  const isEnd = emit.cast(f.less(target, 0), "int64");
  const isTrue = f.equal(emit.op("CumSum", [isEnd, emit.int64(1)]), 0);
  const known = f.where(isTrue, target, 0);
  const range = emit.op("Range", [emit.int64(0), emit.int64(count), emit.int64(1)]);
  const hits = f.and(f.equal(unsqueeze(emit, target, 2), range), unsqueeze(emit, isTrue, 2));
  const isLabel = emit.op("ReduceMax", [hits, emit.int64s([1])], { keepdims: 0 });
  const own = emit.op("GatherElements", [rows, known], { axis: 1 });
  const margins = f.max(f.add(f.sub(1, unsqueeze(emit, own, 2)), unsqueeze(emit, rows, 1)), 0);
  const counts = f.and(unsqueeze(emit, isTrue, 2), f.not(unsqueeze(emit, isLabel, 1)));
  const sums = reduce(emit, "ReduceSum", f.where(counts, margins, 0), { axes: [1, 2], keepdims: false });
  const loss = f.div(sums, count);
  return [reduced(emit, call, self.shape.length === 2 ? loss : reshapeTo(emit, loss, []))];
};

export const LOSSES: RuleTable = {
  "aten.mse_loss.default": pointwise(squared),
  "aten.l1_loss.default": pointwise(absolute),
  "aten.smooth_l1_loss.default": pointwise(smoothAbsolute),
  "aten.huber_loss.default": pointwise(huber),
  "aten.binary_cross_entropy.default": pointwise(crossEntropyOfBits),
  "aten.binary_cross_entropy_with_logits.default": pointwise(crossEntropyOfLogits),
  "aten.kl_div.default": pointwise(divergence),
  "aten.poisson_nll_loss.default": pointwise(poisson, "input"),
  "aten.soft_margin_loss.default": pointwise(softMargin),
  "aten.hinge_embedding_loss.default": pointwise(hingeEmbedding),
  "aten.margin_ranking_loss.default": marginRanking,
  "aten.cosine_embedding_loss.default": cosineEmbedding,
  "aten.triplet_margin_loss.default": tripletMargin,
  "aten.nll_loss.default": negativeLikelihood,
  "aten.nll_loss_nd.default": negativeLikelihood,
  "aten.nll_loss2d.default": negativeLikelihood,
  "aten.nll_loss_forward.default": negativeLikelihood,
  "aten.cross_entropy_loss.default": crossEntropy,
  "aten.multi_margin_loss.default": multiMargin,
  "aten.multilabel_margin_loss.default": multiLabelMargin,
};
