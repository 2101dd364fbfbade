import type { Call } from "../call.ts";
import type { Rule, RuleTable } from "../rule.ts";

/** More elements than any window of a signal has. */
const LONGEST = 2 ** 22;

/** The value at a place between 0 and 1. */
type Shape = (call: Call, place: number) => number;

function given(call: Call, name: string, otherwise: number): number {
  return call.has(name) ? call.number(name) : otherwise;
}

/** A periodic window is one longer, without its last value. */
function window(shape: Shape, isPeriodic: (call: Call) => boolean): Rule {
  return (emit, call) => {
    const length = call.number("window_length");
    if (length > LONGEST) return call.refuse("a window of so many elements");
    const last = isPeriodic(call) ? length : length - 1;
    const values = Array.from({ length }, (_, i) => (length === 1 ? 1 : shape(call, i / last)));
    return emit.cast(emit.constant("float64", values, [length]), call.dtype);
  };
}

const wave = (place: number): number => Math.cos(2 * Math.PI * place);

const hann: Shape = (_, place) => 0.5 - 0.5 * wave(place);

const hamming: Shape = (call, place) => given(call, "alpha", 0.54) - given(call, "beta", 0.46) * wave(place);

const blackman: Shape = (_, place) => 0.42 - 0.5 * wave(place) + 0.08 * wave(2 * place);

/** The modified Bessel function of order 0, by its series. */
function besselI0(x: number): number {
  let [sum, term] = [1, 1];
  for (let k = 1; term > sum * Number.EPSILON; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

const kaiser: Shape = (call, place) => {
  const beta = given(call, "beta", 12);
  return besselI0(beta * Math.sqrt(Math.max(0, 1 - (2 * place - 1) ** 2))) / besselI0(beta);
};

const SHAPES: Readonly<Record<string, Shape>> = { hann, hamming, blackman, kaiser };
const OVERLOADS = "default periodic periodic_alpha periodic_alpha_beta beta".split(" ");

const asTold = (call: Call): boolean => (call.has("periodic") ? call.boolean("periodic") : true);

/** Windows of signals: constants. */
export const SIGNAL_WINDOWS: RuleTable = Object.fromEntries(
  Object.entries(SHAPES).flatMap(([name, shape]) => {
    const known = OVERLOADS.filter((overload) => isOverload(name, overload));
    return known.map((overload) => [`aten.${name}_window.${overload}`, window(shape, asTold)]);
  }),
);

/** `alpha` and `beta` are those of Hamming's window, `beta` alone that of Kaiser's. */
function isOverload(name: string, overload: string): boolean {
  if (overload.startsWith("periodic_")) return name === "hamming";
  return overload !== "beta" || name === "kaiser";
}
