import { describe, expect, test } from "vitest";
import { LIMITS } from "../../../src/core/index.ts";
import { refusal } from "../../../src/loader/refusal.ts";
import type {
  ClassDefinition,
  Expression,
  FunctionDefinition,
  Statement,
} from "../../../src/loader/torchscript/syntax/ast.ts";
import { type Definition, parseCode } from "../../../src/loader/torchscript/syntax/parse-code.ts";
import { parseTypeText } from "../../../src/loader/torchscript/syntax/parse-type.ts";
import { expectRefusal } from "../../container/expect-refusal.ts";

function parse(text: string): ReadonlyMap<string, Definition> {
  try {
    return parseCode(text, "code/__torch__.py", { tokens: 0 });
  } catch (error) {
    throw refusal("test.pt", error);
  }
}

function functionOf(text: string): FunctionDefinition {
  const [definition] = parse(text).values();
  if (definition?.kind !== "function") throw new Error("this is no function");
  return definition;
}

function classOf(text: string): ClassDefinition {
  const [definition] = parse(text).values();
  if (definition?.kind !== "class") throw new Error("this is no class");
  return definition;
}

/** The statements of a function that has these lines. */
function statements(...lines: readonly string[]): readonly Statement[] {
  return functionOf(["def f():", ...lines.map((line) => `  ${line}`), ""].join("\n")).body;
}

function expression(text: string): Expression | undefined {
  const [statement] = statements(`return ${text}`);
  return statement?.kind === "return" ? statement.value : undefined;
}

const X = { kind: "name", name: "x" };
const Y = { kind: "name", name: "y" };
const ONE = { kind: "int", value: 1 };
const TENSOR = { name: "Tensor", args: [] };
const INT = { name: "int", args: [] };

describe("an expression", () => {
  test.each<[string, object]>([
    ["None", { kind: "none" }],
    ["True", { kind: "bool", value: true }],
    ["7", { kind: "int", value: 7 }],
    ["-7", { kind: "int", value: -7 }],
    ["9223372036854775807", { kind: "int", value: 9223372036854775807n }],
    ["-9223372036854775808", { kind: "int", value: -9223372036854775808n }],
    ["1.", { kind: "float", value: 1 }],
    ["-0.", { kind: "float", value: -0 }],
    ["0.10000000000000001", { kind: "float", value: 0.1 }],
    ["1e-05", { kind: "float", value: 1e-5 }],
    ["-1.5e+300", { kind: "float", value: -1.5e300 }],
    ["inf", { kind: "float", value: Number.POSITIVE_INFINITY }],
    ["-inf", { kind: "float", value: Number.NEGATIVE_INFINITY }],
    ["nan", { kind: "float", value: Number.NaN }],
    ["-nan", { kind: "float", value: Number.NaN }],
    ["1.+2.j", { kind: "complex", real: 1, imaginary: 2 }],
    ["-1.5-2.5e-05j", { kind: "complex", real: -1.5, imaginary: -2.5e-5 }],
    ["inf-infj", { kind: "complex", real: Number.POSITIVE_INFINITY, imaginary: Number.NEGATIVE_INFINITY }],
    ["2.j", { kind: "complex", real: 0, imaginary: 2 }],
    ['"a b"', { kind: "string", value: "a b" }],
    ["'a'", { kind: "string", value: "a" }],
    ['"he\\"l\\nlo\\\\ \\a\\b\\f\\r\\t\\v\\\'"', { kind: "string", value: "he\"l\nlo\\ \x07\b\f\r\t\v'" }],
    ['"\\303\\251\\x41\\0"', { kind: "string", value: "\u00e9A\0" }],
    ['"é"', { kind: "string", value: "\u00e9" }],
    ["x", X],
    ["CONSTANTS.c12", { kind: "table-constant", index: 12 }],
    ["__torch__.a.___torch_mangle_0.f", { kind: "global", name: "__torch__.a.___torch_mangle_0.f" }],
    ["x.y", { kind: "attribute", object: X, name: "y" }],
    ['getattr(x, "0")', { kind: "attribute", object: X, name: "0" }],
    ["x[1]", { kind: "subscript", object: X, index: ONE }],
    ["(x)[1:]", { kind: "slice", object: X, from: ONE, to: undefined }],
    ["(x)[:1]", { kind: "slice", object: X, from: undefined, to: ONE }],
    ["[]", { kind: "list", items: [] }],
    ["[x, 1]", { kind: "list", items: [X, ONE] }],
    ["(x)", X],
    ["()", { kind: "tuple", items: [] }],
    ["(x,)", { kind: "tuple", items: [X] }],
    ["(x, (y, 1))", { kind: "tuple", items: [X, { kind: "tuple", items: [Y, ONE] }] }],
    ["{x: 1}", { kind: "dict", entries: [[X, ONE]] }],
    ["annotate(Tensor, x)", { kind: "annotate", type: TENSOR, value: X }],
    [
      "annotate(Dict[int, Tensor],{})",
      { kind: "annotate", type: { name: "Dict", args: [INT, TENSOR] }, value: { kind: "dict", entries: [] } },
    ],
    ["unchecked_cast(int, x)", { kind: "cast", type: INT, value: X }],
    ["uninitialized(Tuple[()])", { kind: "uninitialized", type: { name: "Tuple", args: [] } }],
    ["isinstance(x, int)", { kind: "isinstance", value: X, types: [INT] }],
    ["isinstance(x, (int, Tensor))", { kind: "isinstance", value: X, types: [INT, TENSOR] }],
    ["fork(x)", { kind: "fork", function: "x" }],
    ["__torch__.C.__new__(__torch__.C)", { kind: "create", className: "__torch__.C" }],
    ["torch.add", { kind: "operator", name: "aten::add" }],
  ])("%s", (text, expected) => {
    expect(expression(text)).toEqual(expected);
  });

  test.each<[string, string, readonly object[], readonly object[]]>([
    ["torch.add(x, 1)", "aten::add", [X, ONE], []],
    ["torch.sum(x, dtype=1)", "aten::sum", [X], [{ name: "dtype", value: ONE }]],
    ["torch.autograd.grad(x)", "aten::grad", [X], []],
    ["ops.prim.NumToTensor(x)", "prim::NumToTensor", [X], []],
    ["ops.torchvision.nms(x, y)", "torchvision::nms", [X, Y], []],
    ["int(x)", "aten::Int", [X], []],
    ["print(x, y)", "prim::Print", [X, Y], []],
  ])("%s calls the operator %s", (text, operator, args, keywords) => {
    expect(expression(text)).toEqual({ kind: "operator-call", operator, args, keywords });
  });

  test("may call a method, a function, or a function in a variable", () => {
    expect(expression("(x).forward(y, )")).toEqual({
      kind: "method-call",
      object: X,
      method: "forward",
      args: [Y],
      keywords: [],
    });
    expect(expression("__torch__.f(y, )")).toEqual({
      kind: "call",
      callee: { kind: "global", name: "__torch__.f" },
      args: [Y],
      keywords: [],
    });
    expect(expression("x(y, )")).toEqual({ kind: "call", callee: X, args: [Y], keywords: [] });
  });

  test("with names that only begin as those of the language is a variable", () => {
    expect(expression("torch1")).toEqual({ kind: "name", name: "torch1" });
    expect(expression("infinity")).toEqual({ kind: "name", name: "infinity" });
    expect(expression("annotate")).toEqual({ kind: "name", name: "annotate" });
  });
});

describe("a statement", () => {
  test.each<[string, object]>([
    ["a = x", { kind: "assign", target: "a", type: undefined, value: X }],
    [
      "a : Tensor = x[1]",
      { kind: "assign", target: "a", type: TENSOR, value: { kind: "subscript", object: X, index: ONE } },
    ],
    ["a: int = x", { kind: "assign", target: "a", type: INT, value: X }],
    ["a, b, = x", { kind: "unpack", targets: ["a", "b"], value: X }],
    ["a, = x", { kind: "unpack", targets: ["a"], value: X }],
    ["a, b = x", { kind: "unpack", targets: ["a", "b"], value: X }],
    ["a, b = x, y", { kind: "parallel", targets: ["a", "b"], values: [X, Y] }],
    ["x.a = y", { kind: "set-attribute", object: X, name: "a", value: Y }],
    ["x", { kind: "expression", value: X }],
    ["return", { kind: "return", value: undefined }],
  ])("%s", (text, expected) => {
    expect(statements(text)).toEqual([{ ...expected, line: 2 }]);
  });

  test("that passes is none", () => {
    expect(statements("pass")).toEqual([]);
  });

  test("may hold others", () => {
    const lines = ["if x:", "  a = x", "else:", "  if y:", "    pass", "  else:", "    b = y", "return x"];
    expect(statements(...lines)).toMatchObject([
      {
        kind: "if",
        condition: X,
        line: 2,
        body: [{ kind: "assign", target: "a", line: 3 }],
        otherwise: [{ kind: "if", condition: Y, line: 5, body: [], otherwise: [{ target: "b", line: 8 }] }],
      },
      { kind: "return", line: 9 },
    ]);
  });

  test("may be a loop, a context or a function", () => {
    expect(statements("while x:", "  a = x")).toMatchObject([{ kind: "while", condition: X, body: [{ target: "a" }] }]);
    expect(statements("for i in range(x):", "  a = i")).toMatchObject([
      { kind: "for", variable: "i", count: X, body: [{ target: "a" }] },
    ]);
    expect(statements("with x as y:", "  a = x")).toMatchObject([{ kind: "with", context: X, target: "y" }]);
    expect(statements("with x:", "  pass")).toMatchObject([{ kind: "with", target: undefined, body: [] }]);
    expect(statements("def g():", "  return x", "a = fork(g)")).toMatchObject([
      { kind: "define", function: { name: "g", parameters: [], body: [{ kind: "return", line: 3 }] } },
      { kind: "assign", value: { kind: "fork", function: "g" } },
    ]);
  });
});

describe("a definition", () => {
  test("of a function has parameters with types and defaults, over several lines", () => {
    const { parameters, returns, line, file } = functionOf(
      "def f(self: __torch__.C,\n    x: Tensor,\n    y: int=1,\n    z: Optional[int]=None) -> Tensor:\n  return x\n",
    );
    expect({ line, file, returns }).toEqual({ line: 1, file: "code/__torch__.py", returns: TENSOR });
    expect(parameters).toMatchObject([
      { name: "self", type: { name: "__torch__.C" }, default: undefined },
      { name: "x", type: TENSOR },
      { name: "y", type: INT, default: ONE },
      { name: "z", type: { name: "Optional", args: [INT] }, default: { kind: "none" } },
    ]);
  });

  test("of a module lists its parameters, buffers, hooks, attributes and methods", () => {
    const text = `class M(Module):
  __parameters__ = ["w", ]
  __buffers__ = []
  __forward_pre_hooks__ = ["p", ]
  __forward_hooks__ = ["h", "h", ]
  __annotations__ = []
  __annotations__["0"] = __torch__.N
  w : Tensor
  k : Final[int] = 3
  def forward(self: __torch__.M) -> Tensor:
    return self.w
`;
    const { methods, ...found } = classOf(text);
    expect(found).toMatchObject({
      base: "Module",
      parameters: ["w"],
      buffers: [],
      preHooks: ["p"],
      hooks: ["h", "h"],
      attributes: [
        { name: "0", type: { name: "__torch__.N" }, line: 7 },
        { name: "w", type: TENSOR, line: 8 },
      ],
      constants: [{ name: "k", type: INT, value: { kind: "int", value: 3 }, line: 9 }],
    });
    expect([...methods.keys()]).toEqual(["forward"]);
  });

  test("of an enumeration, a named tuple, an interface or a plain class is told by its base", () => {
    expect(classOf('class E(Enum):\n  A = "a"\n  B = "b"\n')).toMatchObject({
      base: "Enum",
      members: [{ name: "A", value: { value: "a" } }, { name: "B" }],
    });
    expect(classOf("class P(NamedTuple):\n  x : Tensor\n  y : int\n")).toMatchObject({
      base: "NamedTuple",
      attributes: [{ name: "x" }, { name: "y" }],
    });
    const layer = classOf("class L(ModuleInterface):\n  def forward(self, x: Tensor) -> Tensor:\n    pass\n");
    expect(layer.base).toBe("ModuleInterface");
    expect(layer.methods.get("forward")?.parameters[0]).toMatchObject({ name: "self", type: undefined });
    expect(classOf("class C:\n  pass\n").base).toBe("object");
  });
});

test("a type is a name with arguments", () => {
  expect(parseTypeText("Dict[str, Tuple[int, __torch__.a.B]]", "a type")).toEqual({
    name: "Dict",
    args: [
      { name: "str", args: [] },
      { name: "Tuple", args: [INT, { name: "__torch__.a.B", args: [] }] },
    ],
  });
});

test("code that nests as deep as interpolation of images is read, and what nests without end is refused", () => {
  const nested = (depth: number): string[] => Array.from({ length: depth }, (_, i) => `${" ".repeat(i)}if x:`);
  expect(statements(...nested(100), `${" ".repeat(100)}a = x`)).toHaveLength(1);
  expectRefusal(() => statements(...nested(LIMITS.scriptNesting)), "LIMIT_EXCEEDED", /scriptNesting allows 500/);
});

test.each([
  ["parentheses", `${"(".repeat(1000)}x${")".repeat(1000)}`],
  ["lists", `${"[".repeat(1000)}${"]".repeat(1000)}`],
  ["calls", `x${"()".repeat(1000)}`],
  ["accesses in parentheses", `${"(".repeat(150)}x${")[1][1]".repeat(150)}`],
  ["a type", `annotate(${"List[".repeat(1000)}int${"]".repeat(1000)}, x)`],
])("an expression with too many %s is refused", (_, text) => {
  expectRefusal(() => expression(text), "LIMIT_EXCEEDED", /line 2: the depth of an expression is 201/);
});

test("code beyond the limit of tokens is refused", () => {
  expectRefusal(() => parse("x ".repeat(LIMITS.scriptTokens + 1)), "LIMIT_EXCEEDED", /scriptTokens allows 5000000/);
});

test.each([
  ["x = 1", /line 1: there is x where a class or a function should be/],
  ["def f(:\n  pass", /line 1: its parentheses stay open/],
  ["def f(1):\n  pass", /line 1: there is 1 where a name should be/],
  ["def f():\n  return @", /line 2: it has no meaning at "@"/],
  ["def f():\n  return 'a", /line 2: it has no meaning/],
  ["def f():\n  return (x", /line 2: its parentheses stay open/],
  ["def f():\n  return x)", /line 2: it closes a \)/],
  ["def f():\n    a = x\n  b = x", /line 3: its indentation belongs to no block/],
  ["def f():\n  a = x\n    b = x", /line 3: its indentation belongs to no block/],
  ["def f():\n  else:\n    a = x", /line 2: its else follows no if/],
  ["def f():\n  if x:\n    a = x\n  else:\n    a = x\n  else:\n    a = x", /line 6: its else follows no if/],
  ["def f():\n  a, b = x, y, 1", /line 2: it assigns 3 values to 2 variables/],
  ["def f():\n  1 = x", /line 2: it assigns to what is no variable/],
  ["def f():\n  a.b, c = x", /line 2: it assigns to what is no variable/],
  ["def f():\n  a, b", /line 2: it ends where = should be/],
  ["def f():\n  a = ", /line 2: it ends where an expression should be/],
  ["def f():\n  a = x y", /line 2: there is y where the end of the line should be/],
  ["def f():\n  a = x +", /line 2: there is \+ where/],
  ["def f():\n  a = torch", /line 2: it ends where the name of an operator should be/],
  ["def f():\n  a = ops.prim", /line 2: it ends where the name of an operator/],
  ["def f():\n  a = CONSTANTS.d0", /line 2: it names no constant/],
  ["def f():\n  a = x(b=1, 2)", /line 2: there is 2 where an argument by name should be/],
  ["def f():\n  a = 9223372036854775808", /line 2: there is 9223372036854775808 where a number should be/],
  ['def f():\n  a = "\\q"', /line 2: a string has an unknown escape/],
  ["def f():\n  a = __torch__.A.__new__(__torch__.B)", /line 2: it makes a __torch__\.B by way of __torch__\.A/],
  ["def f():\n  for i in x:\n    pass", /line 2: there is x where range should be/],
  ["class C(Base):\n  pass", /line 1: it derives a class from Base/],
  ["class C:\n  def f():\n    pass\n  def f():\n    pass", /line 4: it defines f again/],
  ["class C:\n  pass\nclass C:\n  pass", /line 3: it defines C again/],
])("%j is refused", (text, message) => {
  expectRefusal(() => parse(text), "FILE_CORRUPT", message);
});
