import { expect, test } from "vitest";
import { difference } from "../../conformance/compare.ts";
import type { Tensor } from "../../src/core/index.ts";
import { normalize } from "../../src/graph/index.ts";
import { loadCheckpoint } from "../../src/loader/index.ts";
import { lower } from "../../src/lowering/index.ts";
import * as nn from "../../src/nn/index.ts";
import { runModel } from "../lowering/run-model.ts";
import { FUNCTIONAL, FUNCTIONS, type FunctionCase, METHODS } from "./function-cases.ts";

const golden = loadCheckpoint("conformance/data/nn/functions.safetensors");

/** `method/add`, … in the order of the file. */
const names = [...new Set(golden.keys().map((key) => key.split("/").slice(0, 2).join("/")))];

function tensors(name: string, kind: string): readonly Tensor[] {
  const start = `${name}/${kind}/`;
  const count = golden.keys().filter((key) => key.startsWith(start)).length;
  return Array.from({ length: count }, (_, i) => golden.get(`${start}${i}`));
}

type Called = (...args: readonly unknown[]) => nn.Forwarded;

function member(owner: object, name: string): Called {
  return Reflect.get(owner, name) as Called;
}

/** The written case, or the method or function of that name on all inputs, or on the first one and 0.7. */
function caseOf(name: string): FunctionCase {
  const [kind = "", title = ""] = name.split("/");
  const [called = "", ...more] = title.split(" ");
  const isByNumber = more.join(" ") === "by a number";
  if (kind === "method") {
    if (isByNumber && ["pow", "floatPower"].includes(called)) return (x) => member(x.abs(), called).call(x.abs(), 0.7);
    if (isByNumber) return (x) => member(x, called).call(x, 0.7);
    return METHODS[title] ?? ((x, ...others) => member(x, called).apply(x, others.filter(Boolean)));
  }
  const written = kind === "functional" ? FUNCTIONAL[title] : FUNCTIONS[title];
  return written ?? ((...inputs) => member(nn.functional, called)(...inputs.filter(Boolean)));
}

class Case extends nn.Module {
  readonly run: FunctionCase;

  constructor(run: FunctionCase) {
    super();
    this.run = run;
  }

  override forward(...inputs: readonly nn.SymbolicTensor[]): nn.Forwarded {
    return this.run(...(inputs as Parameters<FunctionCase>));
  }
}

test.each(names)("%s: PyTorch's numbers", (name) => {
  const [inputs, wanted] = [tensors(name, "input"), tensors(name, "output")];
  const specs = inputs.map(({ dtype, shape }, i) => ({ name: `x${i}`, dtype, shape }));
  const { graph } = nn.trace(new Case(caseOf(name)).eval(), specs);
  const results = runModel(lower(normalize(graph)), ...inputs);
  expect(results).toHaveLength(wanted.length);
  const problems = wanted.map((tensor, i) => difference(results[i] as Tensor, tensor));
  expect(problems.filter((problem) => problem !== undefined)).toEqual([]);
});

/** What gives no tensor, or is how the others are made. */
const NO_OPERATORS: readonly string[] = [
  ...["constructor", "type", "shape", "dtype", "call", "calls", "lift", "op", "ops", "size", "ndim"],
  ...["Buffer", "Generator", "Parameter", "SymbolicTensor", "Module", "functional"],
  ...["defaultGenerator", "manualSeed", "rand", "randn", "trace"],
];

function methodsOf(prototype: object): readonly string[] {
  if (prototype === Object.prototype) return [];
  return [...Object.getOwnPropertyNames(prototype), ...methodsOf(Object.getPrototypeOf(prototype))];
}

test("every method of symbolic tensors and every function has a case", () => {
  const isFunction = (value: unknown): boolean =>
    typeof value === "function" && !((value as { readonly prototype?: unknown }).prototype instanceof nn.Module);
  const exported = (owner: object): readonly string[] =>
    Object.entries(owner).flatMap(([name, value]) => (isFunction(value) ? [name] : []));
  const used = new Set(names.map((name) => name.split(/[/ ]/).slice(0, 2).join("/")));
  const all = [
    ...methodsOf(nn.SymbolicTensor.prototype).map((name) => `method/${name}`),
    ...exported(nn).map((name) => `function/${name}`),
    ...exported(nn.functional).map((name) => `functional/${name}`),
  ].filter((name) => !NO_OPERATORS.includes(name.split("/")[1] ?? ""));
  expect(all.filter((name) => !used.has(name))).toEqual([]);
  expect(all.length).toBeGreaterThan(220);
});
