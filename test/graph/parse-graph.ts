import { contiguousStrides, type Dim, isDType, symbol } from "../../src/core/index.ts";
import {
  type Argument,
  type Graph,
  GraphBuilder,
  type ScalarType,
  type TensorType,
  type Value,
  type ValueType,
  type WeightKind,
} from "../../src/graph/index.ts";
import { required } from "../../src/util/index.ts";

const TYPE = /(\w+)(?:\[([^\]]*)\]|\(([^)]*)\))?( strided| unknown)?/;
const RESULT = new RegExp(`None|%([\\w.]+): ${TYPE.source}`, "g");
const VALUE = new RegExp(`^%([\\w.]+): ${TYPE.source}$`);
const TOKEN = /\s*(%[\w.]+|"(?:[^"\\]|\\.)*"|[-\w.+]+|[[\](),={}])/y;
const KEYWORD = /^(symbol|input|parameter|buffer|constant|output) (\S+?):? (.*)$/;
const NODE = /^(?:(.*?) = )?([\w.]+)\((.*)\)(?: {2}# (\S+))?$/;
const WORDS: ReadonlyMap<string, Argument> = new Map<string, Argument>([
  ["None", null],
  ["true", true],
  ["false", false],
]);

function parseDim(text: string): Dim {
  const [, factor, name] = /^(?:(\d+)\*)?([a-z]\w*)$/.exec(text) ?? [];
  if (/^\d+$/.test(text)) return Number(text);
  if (name === undefined) return { op: "opaque", text };
  return factor === undefined ? symbol(name) : { op: "mul", args: [Number(factor), symbol(name)] };
}

function parseDims(text: string): readonly Dim[] {
  return text === "" ? [] : text.split(", ").map(parseDim);
}

function parseType(groups: readonly (string | undefined)[]): ValueType {
  const [dtype = "", shape, dim, layout] = groups;
  if (shape === undefined) {
    const scalar = { kind: "scalar", dtype: dtype as ScalarType["dtype"] } as const;
    return dim === undefined ? scalar : { ...scalar, dim: parseDim(dim) };
  }
  if (!isDType(dtype)) throw new Error(`no dtype: ${dtype}`);
  const type: TensorType = { kind: "tensor", dtype, shape: parseDims(shape) };
  return layout === " unknown" ? type : { ...type, contiguous: layout === undefined };
}

/** Reads the arguments of one call: `(self=%x, dim=[0, -1])`. */
class ArgumentParser {
  readonly #tokens: string[] = [];
  readonly #values: ReadonlyMap<string, Value>;
  readonly #subgraph: (name: string) => Graph;
  #at = 0;

  constructor(text: string, values: ReadonlyMap<string, Value>, subgraph: (name: string) => Graph) {
    this.#values = values;
    this.#subgraph = subgraph;
    TOKEN.lastIndex = 0;
    for (let match = TOKEN.exec(text); match; match = TOKEN.exec(text)) this.#tokens.push(match[1] ?? "");
  }

  #next(): string {
    return required(this.#tokens[this.#at++], "the arguments are complete");
  }

  #skip(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at++;
    return true;
  }

  arguments(): Record<string, Argument> {
    const args: Record<string, Argument> = {};
    while (this.#at < this.#tokens.length) {
      const name = this.#next();
      if (!this.#skip("=")) throw new Error(`no = after ${name}`);
      args[name] = this.#skip("{") ? this.#braced(name) : this.#argument();
      this.#skip(",");
    }
    return args;
  }

  #braced(name: string): Argument {
    this.#skip("}");
    return { graph: this.#subgraph(name) };
  }

  #argument(): Argument {
    const token = this.#next();
    if (token === "[") return this.#list();
    if (token.startsWith("%")) return { value: required(this.#values.get(token.slice(1)), `${token} is defined`) };
    if (token.startsWith('"')) return JSON.parse(token);
    const word = WORDS.get(token);
    if (word !== undefined) return word;
    const number = Number(token);
    return /^-?\d+$/.test(token) && !Number.isSafeInteger(number) ? BigInt(token) : number;
  }

  #list(): Argument[] {
    const items: Argument[] = [];
    while (!this.#skip("]")) {
      items.push(this.#argument());
      this.#skip(",");
    }
    return items;
  }
}

class GraphParser {
  readonly #builder = new GraphBuilder();
  readonly #values = new Map<string, Value>();

  readonly #lines: Iterator<string>;

  constructor(lines: Iterator<string>) {
    this.#lines = lines;
  }

  parse(): Graph {
    for (let line = this.#next(); line !== "" && line !== "}"; line = this.#next()) this.#line(line);
    return this.#builder.build();
  }

  #next(): string {
    return this.#lines.next().value ?? "";
  }

  /** A block that follows the line of a node: `true_fn {`, lines, `}`. */
  #subgraph(name: string): Graph {
    const line = this.#next();
    if (line !== `${name} {`) throw new Error(`no subgraph ${name}: ${line}`);
    return new GraphParser(this.#lines).parse();
  }

  #line(line: string): void {
    const [, keyword = "", name = "", rest = ""] = KEYWORD.exec(line) ?? [];
    if (keyword === "") this.#node(line);
    else if (keyword === "symbol") this.#symbol(name, rest);
    else if (keyword === "output") this.#builder.output(name, required(this.#values.get(rest.slice(1)), rest));
    else this.#given(keyword, name, rest);
  }

  #given(keyword: string, name: string, rest: string): void {
    const [, valueName = "", ...type] = VALUE.exec(rest) ?? [];
    if (keyword === "input") this.#values.set(valueName, this.#builder.input(name, parseType(type)));
    else this.#values.set(valueName, this.#weight(keyword as WeightKind, name, parseType(type), valueName));
  }

  #symbol(name: string, range: string): void {
    const [min = 0, max = 0] = range
      .replace(/^in \[|\]$/g, "")
      .split(", ")
      .map(Number);
    this.#builder.symbol(name, { min, max });
  }

  #weight(kind: WeightKind, name: string, type: ValueType, hint: string): Value {
    if (type.kind !== "tensor") throw new Error(`${name} is no tensor`);
    const shape = type.shape.map(Number);
    const storage = { kind: "memory", bytes: new Uint8Array() } as const;
    const location = { storage, dtype: type.dtype, shape, strides: contiguousStrides(shape), storageOffset: 0 };
    return this.#builder.weight(kind, name, location, hint);
  }

  #node(line: string): void {
    const [, results = "", target = "", args = "", modulePath] = NODE.exec(line) ?? [];
    if (target === "") throw new Error(`not a line of a graph: ${line}`);
    const parsed = new ArgumentParser(args, this.#values, (name) => this.#subgraph(name)).arguments();
    const outputs = [...results.matchAll(RESULT)].map(([, name, ...type]) => this.#result(name, type));
    this.#builder.add(target, parsed, outputs, modulePath === undefined ? undefined : { modulePath });
  }

  #result(name: string | undefined, type: readonly (string | undefined)[]): Value | null {
    if (name === undefined) return null;
    const value = this.#builder.value(name, parseType(type));
    this.#values.set(name, value);
    return value;
  }
}

/**
 * The graph that `printGraph` prints as `text`. After a type, ` strided` says that the tensor is not row-major and
 * ` unknown` that the file does not tell.
 */
export function parseGraph(text: string): Graph {
  const lines = text.split("\n").map((line) => line.trim());
  return new GraphParser(lines.filter((line) => line !== "").values()).parse();
}
