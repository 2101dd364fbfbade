import type { Expression, KeywordArgument, Literal } from "./ast.ts";
import { parseNumber, parseString } from "./literals.ts";
import { parseType } from "./parse-type.ts";
import { isName, isString, type TokenCursor } from "./token-cursor.ts";

/** Functions of Python that are operators here. */
const BUILTINS: ReadonlyMap<string, string> = new Map([
  ["int", "aten::Int"],
  ["float", "aten::Float"],
  ["bool", "aten::Bool"],
  ["complex", "aten::Complex"],
  ["str", "aten::str"],
  ["sorted", "aten::sorted"],
  ["print", "prim::Print"],
]);

const KEYWORDS: ReadonlyMap<string, Literal> = new Map<string, Literal>([
  ["None", { kind: "none" }],
  ["True", { kind: "bool", value: true }],
  ["False", { kind: "bool", value: false }],
]);

/** What follows an opening parenthesis, for names that are no functions but a part of the language. */
const FORMS: ReadonlyMap<string, (cursor: TokenCursor) => Expression> = new Map<
  string,
  (cursor: TokenCursor) => Expression
>([
  ["annotate", (cursor) => ({ kind: "annotate", ...typedValue(cursor) })],
  ["unchecked_cast", (cursor) => ({ kind: "cast", ...typedValue(cursor) })],
  ["uninitialized", (cursor) => ({ kind: "uninitialized", type: only(cursor, () => parseType(cursor)) })],
  ["isinstance", isInstance],
  ["getattr", getAttribute],
  ["fork", forked],
  ["awaitable", forked],
]);

/** Names that begin a qualified name rather than being variables. */
const ROOTS: ReadonlyMap<string, (cursor: TokenCursor) => Expression> = new Map([
  ["torch", torchOperator],
  ["ops", namespacedOperator],
  ["CONSTANTS", tableConstant],
  ["__torch__", globalName],
]);

function only<Result>(cursor: TokenCursor, parse: () => Result): Result {
  const result = parse();
  cursor.accept(",");
  cursor.expect(")");
  return result;
}

function typedValue(cursor: TokenCursor): { type: ReturnType<typeof parseType>; value: Expression } {
  const type = parseType(cursor);
  cursor.expect(",");
  return { type, value: only(cursor, () => parseExpression(cursor)) };
}

function forked(cursor: TokenCursor): Expression {
  return { kind: "fork", function: only(cursor, () => cursor.name()) };
}

function isInstance(cursor: TokenCursor): Expression {
  const value = parseExpression(cursor);
  cursor.expect(",");
  const types = only(cursor, () =>
    cursor.accept("(") ? cursor.list(")", () => parseType(cursor)) : [parseType(cursor)],
  );
  return { kind: "isinstance", value, types };
}

function getAttribute(cursor: TokenCursor): Expression {
  const object = parseExpression(cursor);
  cursor.expect(",");
  return { kind: "attribute", object, name: only(cursor, () => parseQuoted(cursor)) };
}

/** `.a.b.c` */
function path(cursor: TokenCursor): string[] {
  const names: string[] = [];
  while (cursor.accept(".")) names.push(cursor.name());
  return names;
}

/** `torch.autograd.grad` alone has a path; it is the operator of its last name. */
function torchOperator(cursor: TokenCursor): Expression {
  const name = path(cursor).at(-1);
  if (name === undefined) throw cursor.unexpected("the name of an operator");
  return { kind: "operator", name: `aten::${name}` };
}

function namespacedOperator(cursor: TokenCursor): Expression {
  const names = path(cursor);
  const name = names.pop();
  if (name === undefined || names.length === 0) throw cursor.unexpected("the name of an operator");
  return { kind: "operator", name: `${names.join("::")}::${name}` };
}

function tableConstant(cursor: TokenCursor): Expression {
  cursor.expect(".");
  const index = /^c(\d{1,9})$/.exec(cursor.name())?.[1];
  if (index === undefined) throw cursor.malformed("it names no constant");
  return { kind: "table-constant", index: Number(index) };
}

const CREATE = "__new__";

function globalName(cursor: TokenCursor): Expression {
  const names = ["__torch__", ...path(cursor)];
  if (names.at(-1) !== CREATE) return { kind: "global", name: names.join(".") };
  const className = names.slice(0, -1).join(".");
  cursor.expect("(");
  const type = only(cursor, () => parseType(cursor));
  if (type.name !== className) throw cursor.malformed(`it makes a ${type.name} by way of ${className}`);
  return { kind: "create", className };
}

/** The text of a quoted string. */
export function parseQuoted(cursor: TokenCursor): string {
  if (!isString(cursor.peek())) throw cursor.unexpected("a string");
  const text = parseString(cursor.take());
  if (text === undefined) throw cursor.malformed("a string has an unknown escape");
  return text;
}

function signedNumber(cursor: TokenCursor): Literal {
  const isNegative = cursor.accept("-");
  if (!isNegative) cursor.accept("+");
  const literal = parseNumber(cursor.peek() ?? "", isNegative);
  if (literal === undefined) throw cursor.unexpected("a number");
  cursor.take();
  return literal;
}

/** A number: `-1`, `1e-05`, `inf`, `1.+2.j`. */
function number(cursor: TokenCursor): Literal {
  const first = signedNumber(cursor);
  const isSum = (cursor.peek() === "+" || cursor.peek() === "-") && cursor.peek(1)?.endsWith("j") === true;
  if (!isSum || first.kind !== "float") return first;
  const second = signedNumber(cursor);
  if (second.kind !== "complex") throw cursor.unexpected("an imaginary number");
  return { kind: "complex", real: first.value, imaginary: second.imaginary };
}

function isNumber(cursor: TokenCursor): boolean {
  const token = cursor.peek() ?? "";
  return /^[-+.\d]/.test(token) || /^(inf|nan)j?$/.test(token);
}

function callArguments(cursor: TokenCursor): { args: Expression[]; keywords: KeywordArgument[] } {
  const args: Expression[] = [];
  const keywords: KeywordArgument[] = [];
  cursor.list(")", () => {
    if (isName(cursor.peek()) && cursor.peek(1) === "=") {
      const name = cursor.name();
      cursor.expect("=");
      keywords.push({ name, value: parseExpression(cursor) });
    } else if (keywords.length > 0) {
      throw cursor.unexpected("an argument by name");
    } else {
      args.push(parseExpression(cursor));
    }
  });
  return { args, keywords };
}

function parenthesized(cursor: TokenCursor): Expression {
  if (cursor.accept(")")) return { kind: "tuple", items: [] };
  const first = parseExpression(cursor);
  if (cursor.accept(")")) return first;
  cursor.expect(",");
  return { kind: "tuple", items: [first, ...cursor.list(")", () => parseExpression(cursor))] };
}

function entry(cursor: TokenCursor): readonly [Expression, Expression] {
  const key = parseExpression(cursor);
  cursor.expect(":");
  return [key, parseExpression(cursor)];
}

const BRACKETS: ReadonlyMap<string, (cursor: TokenCursor) => Expression> = new Map<
  string,
  (cursor: TokenCursor) => Expression
>([
  ["(", parenthesized],
  ["[", (cursor) => ({ kind: "list", items: cursor.list("]", () => parseExpression(cursor)) })],
  ["{", (cursor) => ({ kind: "dict", entries: cursor.list("}", () => entry(cursor)) })],
]);

function named(cursor: TokenCursor): Expression {
  const name = cursor.name();
  const form = FORMS.get(name);
  if (form && cursor.accept("(")) return form(cursor);
  const root = ROOTS.get(name);
  if (root) return root(cursor);
  const operator = cursor.peek() === "(" ? BUILTINS.get(name) : undefined;
  if (operator !== undefined) return { kind: "operator", name: operator };
  return KEYWORDS.get(name) ?? { kind: "name", name };
}

function atom(cursor: TokenCursor): Expression {
  if (isNumber(cursor)) return number(cursor);
  const token = cursor.peek();
  if (isName(token)) return named(cursor);
  if (isString(token)) return { kind: "string", value: parseQuoted(cursor) };
  const bracket = BRACKETS.get(token ?? "");
  if (!bracket) throw cursor.unexpected("an expression");
  cursor.take();
  return bracket(cursor);
}

function call(callee: Expression, cursor: TokenCursor): Expression {
  const args = callArguments(cursor);
  if (callee.kind === "operator") return { kind: "operator-call", operator: callee.name, ...args };
  if (callee.kind === "attribute") return { kind: "method-call", object: callee.object, method: callee.name, ...args };
  return { kind: "call", callee, ...args };
}

function bound(cursor: TokenCursor, closing: string): Expression | undefined {
  return cursor.peek() === closing ? undefined : parseExpression(cursor);
}

function subscript(object: Expression, cursor: TokenCursor): Expression {
  const from = bound(cursor, ":");
  if (from && cursor.accept("]")) return { kind: "subscript", object, index: from };
  cursor.expect(":");
  const to = bound(cursor, "]");
  cursor.expect("]");
  return { kind: "slice", object, from, to };
}

type Suffix = (object: Expression, cursor: TokenCursor) => Expression;

const SUFFIXES: ReadonlyMap<string, Suffix> = new Map<string, Suffix>([
  [".", (object, cursor) => ({ kind: "attribute", object, name: cursor.name() })],
  ["(", call],
  ["[", subscript],
]);

function nextSuffix(cursor: TokenCursor): Suffix | undefined {
  return SUFFIXES.get(cursor.peek() ?? "");
}

/** An expression as far as it goes. @throws Malformed, Excess */
export function parseExpression(cursor: TokenCursor): Expression {
  return cursor.nested(() => {
    let expression = atom(cursor);
    for (let suffix = nextSuffix(cursor); suffix; suffix = nextSuffix(cursor)) {
      cursor.take();
      expression = suffix(expression, cursor);
      cursor.deepen();
    }
    return expression;
  });
}
