import { type Dim, type DimFunction, dimExpression, LIMITS, symbol } from "../core/index.ts";

/** Longer expressions are kept as text: canonical order takes more than linear time. */
const MAX_LENGTH = 1024;
const MAX_EXPONENT = 4;

class NotArithmetic extends Error {}

type DimRule = (a: Dim, b: Dim) => Dim;

const add: DimRule = (a, b) => dimExpression("add", a, b);
const multiply: DimRule = (a, b) => dimExpression("mul", a, b);
const floorDivide: DimRule = (a, b) => dimExpression("floordiv", a, divisor(b));
const modulo: DimRule = (a, b) => dimExpression("mod", a, divisor(b));

function divisor(dim: Dim): Dim {
  if (dim === 0) throw new NotArithmetic();
  return dim;
}

/** Only of a symbol: powers of products could grow without bound. */
function power(base: Dim, exponent: Dim): Dim {
  const isSmall = typeof exponent === "number" && exponent >= 1 && exponent <= MAX_EXPONENT;
  if (!isSmall || typeof base === "number" || base.op !== "symbol") throw new NotArithmetic();
  return dimExpression("mul", 1, ...Array.from({ length: exponent }, () => base));
}

type Arguments = readonly Dim[];

function only([argument, ...more]: Arguments): Dim {
  if (argument === undefined || more.length > 0) throw new NotArithmetic();
  return argument;
}

function binary(rule: DimRule): (args: Arguments) => Dim {
  return ([a, b, ...more]) => {
    if (a === undefined || b === undefined || more.length > 0) throw new NotArithmetic();
    return rule(a, b);
  };
}

function fold(op: DimFunction): (args: Arguments) => Dim {
  return (args) => dimExpression(op, ...args);
}

/** The functions of sympy and torch.utils._sympy whose value on integers is exact. */
const FUNCTIONS: ReadonlyMap<string, (args: Arguments) => Dim> = new Map([
  ["Integer", only],
  ["Identity", only],
  ["Add", fold("add")],
  ["Mul", fold("mul")],
  ["Max", fold("max")],
  ["Min", fold("min")],
  ["Pow", binary(power)],
  ["FloorDiv", binary(floorDivide)],
  ["CleanDiv", binary(floorDivide)],
  ["Mod", binary(modulo)],
  ["PythonMod", binary(modulo)],
  ["ModularIndexing", ([a, b, c]) => binary(modulo)([binary(floorDivide)([a, b].flatMap((x) => x ?? [])), c ?? 0])],
]);

const SUMS: ReadonlyMap<string, DimRule> = new Map([
  ["+", add],
  ["-", (a: Dim, b: Dim) => add(a, multiply(-1, b))],
]);

const PRODUCTS: ReadonlyMap<string, DimRule> = new Map([
  ["*", multiply],
  ["//", floorDivide],
  ["%", modulo],
]);

const TOKEN = /\s*(\d+(?![.\deE])|[A-Za-z_]\w*|'\w+'|\/\/|\*\*|[-+*%(),=])\s*/y;

/** Recursive descent over Python arithmetic and over sympy's srepr, which is calls alone. */
class ExpressionParser {
  readonly #tokens: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#tokens = tokenize(text);
  }

  whole(): Dim {
    const dim = this.#sum();
    if (this.#at < this.#tokens.length) throw new NotArithmetic();
    return dim;
  }

  #take(): string {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw new NotArithmetic();
    return token;
  }

  #accept(token: string): boolean {
    const isNext = this.#tokens[this.#at] === token;
    if (isNext) this.#at++;
    return isNext;
  }

  #expect(token: string): void {
    if (this.#take() !== token) throw new NotArithmetic();
  }

  #chain(rules: ReadonlyMap<string, DimRule>, operand: () => Dim): Dim {
    let left = operand();
    for (let rule = this.#rule(rules); rule; rule = this.#rule(rules)) {
      this.#at++;
      left = rule(left, operand());
    }
    return left;
  }

  #rule(rules: ReadonlyMap<string, DimRule>): DimRule | undefined {
    return rules.get(this.#tokens[this.#at] ?? "");
  }

  #sum(): Dim {
    if (++this.#depth > LIMITS.nesting) throw new NotArithmetic();
    const dim = this.#chain(SUMS, () => this.#product());
    this.#depth--;
    return dim;
  }

  #product(): Dim {
    return this.#chain(PRODUCTS, () => this.#signed());
  }

  #signed(): Dim {
    let sign = 1;
    while (this.#accept("-")) sign = 0 - sign;
    const base = this.#atom();
    return multiply(sign, this.#accept("**") ? power(base, this.#atom()) : base);
  }

  #atom(): Dim {
    const token = this.#take();
    if (token === "(") {
      const dim = this.#sum();
      this.#expect(")");
      return dim;
    }
    if (/^\d/.test(token)) return integer(token);
    if (!/^[A-Za-z_]/.test(token)) throw new NotArithmetic();
    if (!this.#accept("(")) return symbol(token);
    return token === "Symbol" ? this.#symbol() : this.#call(token);
  }

  /** The rest of `Symbol('s0', positive=True, integer=True)`; the assumptions do not matter here. */
  #symbol(): Dim {
    const name = this.#take();
    if (!name.startsWith("'")) throw new NotArithmetic();
    while (this.#accept(",")) this.#assumption();
    this.#expect(")");
    return symbol(name.slice(1, -1));
  }

  #assumption(): void {
    this.#take();
    this.#expect("=");
    this.#take();
  }

  #call(name: string): Dim {
    const rule = FUNCTIONS.get(name);
    if (!rule) throw new NotArithmetic();
    const args = [this.#sum()];
    while (this.#accept(",")) args.push(this.#sum());
    this.#expect(")");
    return rule(args);
  }
}

function tokenize(text: string): readonly string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
    const token = TOKEN.exec(text)?.[1];
    if (token === undefined) throw new NotArithmetic();
    tokens.push(token);
  }
  return tokens;
}

function integer(digits: string): number {
  const value = Number(digits);
  if (!Number.isSafeInteger(value)) throw new NotArithmetic();
  return value;
}

/** `Symbol('s0', positive=True)` as `s0`, `Integer(4)` as `4`. */
function readable(text: string): string {
  return text.replace(/(?:Symbol|Float)\('([\w.+-]+)'[^()]*\)|Integer\((-?\d+)\)/g, "$1$2");
}

function parse(text: string): Dim | undefined {
  try {
    return new ExpressionParser(text).whole();
  } catch (error) {
    if (error instanceof NotArithmetic) return undefined;
    throw error;
  }
}

/** A symbolic integer as torch.export writes it (`4*s0` or sympy's srepr); what is not plain arithmetic stays opaque. */
export function parseSymbolicExpression(text: string): Dim {
  const dim = text.length <= MAX_LENGTH ? parse(text) : undefined;
  return dim ?? { op: "opaque", text: readable(text.slice(0, MAX_LENGTH)) };
}
