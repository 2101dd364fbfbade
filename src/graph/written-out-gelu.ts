import { withDefaults } from "./defaults.ts";
import { power, product, sameTerms, sum, type Terms } from "./terms.ts";
import { type Argument, type Graph, isValueRef, mapSubgraphs, type Node, type Value, valuesIn } from "./types.ts";

/** sqrt(2 / pi) and the weight of the cube in the approximation of GELU by tanh. */
const SCALE = Math.sqrt(2 / Math.PI);
const CUBE = 0.044715;

/** What tanh is applied to, and the whole: 0.5 x (1 + tanh(…)). */
const INNER: Terms = { x: SCALE, xxx: SCALE * CUBE };
const WHOLE: Terms = { x: 0.5, Tx: 0.5 };

/** How many operators lie between GELU's input, the tanh and its result at most. */
const DEPTH = 6;

type Reader = (arg: Argument | undefined) => Terms | undefined;

/** What these operators make of their operands. */
const ALGEBRA: ReadonlyMap<string, (args: Node["args"], read: Reader) => Terms | undefined> = new Map(
  Object.entries<(args: Node["args"], read: Reader) => Terms | undefined>({
    "aten.add.Tensor": ({ self, other, alpha = 1 }, read) => sum(read(self), product(read(other), read(alpha))),
    "aten.add.Scalar": ({ self, other, alpha = 1 }, read) => sum(read(self), product(read(other), read(alpha))),
    "aten.mul.Tensor": ({ self, other }, read) => product(read(self), read(other)),
    "aten.mul.Scalar": ({ self, other }, read) => product(read(self), read(other)),
    "aten.pow.Tensor_Scalar": ({ self, exponent }, read) => power(read(self), exponent),
    "aten.square.default": ({ self }, read) => power(read(self), 2),
  }),
);

function isFloat32({ type }: Value): boolean {
  return type.kind === "tensor" && type.dtype === "float32";
}

class GeluFinder {
  readonly #makers = new Map<Value, Node>();
  readonly #users = new Map<Value, Node[]>();

  constructor({ nodes }: Graph) {
    for (const node of nodes) {
      for (const output of node.outputs) if (output) this.#makers.set(output, node);
      for (const value of Object.values(node.args).flatMap(valuesIn)) {
        const users = this.#users.get(value);
        if (users) users.push(node);
        else this.#users.set(value, [node]);
      }
    }
  }

  /** The nodes whose result is GELU by `tanh`, each with what it is GELU of. */
  find(tanh: Node): readonly (readonly [Node, Value])[] {
    const [result] = tanh.outputs;
    const inner = tanh.args["self"];
    if (!result || !isValueRef(inner) || !isFloat32(result)) return [];
    const input = this.#above(inner.value, DEPTH).find(
      (x) => isFloat32(x) && this.#equals(inner.value, INNER, new Map([[x, "x"]])),
    );
    if (!input) return [];
    const letters = new Map([
      [input, "x"],
      [result, "T"],
    ]);
    const roots = this.#below(result, DEPTH).filter(({ outputs: [output] }) => {
      return output && isFloat32(output) && this.#equals(output, WHOLE, letters);
    });
    return roots.map((root) => [root, input] as const);
  }

  #equals(value: Value, terms: Terms, letters: ReadonlyMap<Value, string>): boolean {
    return sameTerms(this.#terms({ value }, letters, DEPTH), terms);
  }

  /** A value as a polynomial in the letters; undefined where it is none, or a long one. */
  #terms(arg: Argument | undefined, letters: ReadonlyMap<Value, string>, depth: number): Terms | undefined {
    if (typeof arg === "number") return { "": arg };
    if (!isValueRef(arg) || depth === 0) return undefined;
    const letter = letters.get(arg.value);
    if (letter) return { [letter]: 1 };
    const maker = this.#makers.get(arg.value);
    return maker && ALGEBRA.get(maker.target)?.(maker.args, (operand) => this.#terms(operand, letters, depth - 1));
  }

  /** The values that `value` is computed from by algebra. */
  #above(value: Value, depth: number): readonly Value[] {
    const maker = this.#makers.get(value);
    if (depth === 0 || !maker || !ALGEBRA.has(maker.target)) return [];
    const operands = Object.values(maker.args).flatMap(valuesIn);
    return [...operands, ...operands.flatMap((operand) => this.#above(operand, depth - 1))];
  }

  /** The operators of algebra that `value` goes into. */
  #below(value: Value, depth: number): readonly Node[] {
    if (depth === 0) return [];
    const users = (this.#users.get(value) ?? []).filter(({ target }) => ALGEBRA.has(target));
    return users.flatMap((user) => [
      user,
      ...user.outputs.flatMap((output) => (output ? this.#below(output, depth - 1) : [])),
    ]);
  }
}

/**
 * GELU by tanh that a model writes out, as GPT-2 does, becomes the operator it is, which is one kernel of the runtime. In
 * float32 only: with fewer bits, each step rounds.
 */
export function composeGelu(graph: Graph): Graph {
  const finder = new GeluFinder(graph);
  const tanhs = graph.nodes.filter(({ target }) => target === "aten.tanh.default");
  const inputs = new Map(tanhs.flatMap((tanh) => finder.find(tanh)));
  const nodes = graph.nodes.map((node) => {
    const input = inputs.get(node);
    if (!input) return mapSubgraphs(node, composeGelu);
    const call = { target: "aten.gelu.default", args: { self: { value: input }, approximate: "tanh" } };
    return { ...node, ...withDefaults(call) };
  });
  return { ...graph, nodes };
}
