import type { Expression, FunctionDefinition, IfStatement, Parameter, Statement } from "./ast.ts";
import { parseExpression } from "./parse-expression.ts";
import { parseType } from "./parse-type.ts";
import { TokenCursor } from "./token-cursor.ts";
import type { CodeLine } from "./tokens.ts";

/** Reads a line that begins with a certain word, which is taken already. */
type StatementParser = (cursor: TokenCursor, { line, children }: CodeLine) => Statement | undefined;

const STATEMENTS: ReadonlyMap<string, StatementParser> = new Map<string, StatementParser>([
  ["pass", () => undefined],
  ["return", parseReturn],
  ["if", parseIf],
  ["while", parseWhile],
  ["for", parseFor],
  ["with", parseWith],
]);

function endHeader(cursor: TokenCursor): void {
  cursor.expect(":");
  cursor.expectEnd();
}

function parseReturn(cursor: TokenCursor, { line }: CodeLine): Statement {
  return { kind: "return", value: cursor.isAtEnd ? undefined : parseExpression(cursor), line };
}

/** The branch of `else` is filled in by the line that begins it. */
function parseIf(cursor: TokenCursor, { line, children }: CodeLine): Statement {
  const condition = parseExpression(cursor);
  endHeader(cursor);
  return { kind: "if", condition, body: parseBlock(children, cursor.file), otherwise: [], line };
}

function parseWhile(cursor: TokenCursor, { line, children }: CodeLine): Statement {
  const condition = parseExpression(cursor);
  endHeader(cursor);
  return { kind: "while", condition, body: parseBlock(children, cursor.file), line };
}

function parseFor(cursor: TokenCursor, { line, children }: CodeLine): Statement {
  const variable = cursor.name();
  for (const token of ["in", "range", "("]) cursor.expect(token);
  const count = parseExpression(cursor);
  cursor.expect(")");
  endHeader(cursor);
  return { kind: "for", variable, count, body: parseBlock(children, cursor.file), line };
}

function parseWith(cursor: TokenCursor, { line, children }: CodeLine): Statement {
  const context = parseExpression(cursor);
  const target = cursor.accept("as") ? cursor.name() : undefined;
  endHeader(cursor);
  return { kind: "with", context, target, body: parseBlock(children, cursor.file), line };
}

/** Expressions between commas, and whether the last has a comma behind it. */
function expressions(cursor: TokenCursor): { readonly items: readonly Expression[]; readonly isOpen: boolean } {
  const items = [parseExpression(cursor)];
  while (cursor.accept(",")) {
    if (cursor.isAtEnd || cursor.peek() === "=") return { items, isOpen: true };
    items.push(parseExpression(cursor));
  }
  return { items, isOpen: false };
}

function variable(expression: Expression, cursor: TokenCursor): string {
  if (expression.kind !== "name") throw cursor.malformed("it assigns to what is no variable");
  return expression.name;
}

/** What follows `target =`. */
function assignOne(target: Expression, cursor: TokenCursor, line: number): Statement {
  const value = parseExpression(cursor);
  if (target.kind === "attribute")
    return { kind: "set-attribute", object: target.object, name: target.name, value, line };
  return { kind: "assign", target: variable(target, cursor), type: undefined, value, line };
}

/** What follows `a, b =` or `a, =`. */
function assignMany(left: readonly Expression[], cursor: TokenCursor, line: number): Statement {
  const targets = left.map((target) => variable(target, cursor));
  const { items: values } = expressions(cursor);
  const [value] = values;
  if (value && values.length === 1) return { kind: "unpack", targets, value, line };
  if (values.length !== targets.length) {
    throw cursor.malformed(`it assigns ${values.length} values to ${targets.length} variables`);
  }
  return { kind: "parallel", targets, values, line };
}

function assignTyped(target: Expression, cursor: TokenCursor, line: number): Statement {
  const type = parseType(cursor);
  cursor.expect("=");
  return { kind: "assign", target: variable(target, cursor), type, value: parseExpression(cursor), line };
}

/** A line that begins with no word of the language. */
function parseSimple(cursor: TokenCursor, line: number): Statement {
  const { items, isOpen } = expressions(cursor);
  const [first] = items;
  if (!first) throw cursor.unexpected("a statement");
  const isOne = items.length === 1 && !isOpen;
  if (cursor.accept("=")) return isOne ? assignOne(first, cursor, line) : assignMany(items, cursor, line);
  if (isOne && cursor.accept(":")) return assignTyped(first, cursor, line);
  if (isOne) return { kind: "expression", value: first, line };
  throw cursor.unexpected("=");
}

function parseStatement(codeLine: CodeLine, file: string): Statement | undefined {
  const cursor = new TokenCursor(codeLine, file);
  const { line } = codeLine;
  if (cursor.accept("def")) return { kind: "define", function: parseFunction(cursor, codeLine), line };
  const parse = STATEMENTS.get(cursor.peek() ?? "");
  if (parse) cursor.take();
  const statement = parse ? parse(cursor, codeLine) : parseSimple(cursor, line);
  cursor.expectEnd();
  return statement;
}

function elseOf(codeLine: CodeLine, previous: Statement | undefined, file: string): IfStatement {
  const cursor = new TokenCursor(codeLine, file);
  cursor.expect("else");
  endHeader(cursor);
  if (previous?.kind !== "if" || previous.otherwise.length > 0) throw cursor.malformed("its else follows no if");
  return { ...previous, otherwise: parseBlock(codeLine.children, file) };
}

/** The statements of a block. @throws Malformed, Excess */
export function parseBlock(lines: readonly CodeLine[], file: string): readonly Statement[] {
  const statements: Statement[] = [];
  for (const line of lines) {
    if (line.tokens[0] === "else") {
      statements.push(elseOf(line, statements.pop(), file));
    } else {
      const statement = parseStatement(line, file);
      if (statement) statements.push(statement);
    }
  }
  return statements;
}

function parseParameter(cursor: TokenCursor): Parameter {
  const name = cursor.name();
  const type = cursor.accept(":") ? parseType(cursor) : undefined;
  return { name, type, default: cursor.accept("=") ? parseExpression(cursor) : undefined, line: cursor.line };
}

/** The function of a line whose `def` is taken already. @throws Malformed, Excess */
export function parseFunction(cursor: TokenCursor, { line, children }: CodeLine): FunctionDefinition {
  const { file } = cursor;
  const name = cursor.name();
  cursor.expect("(");
  const parameters = cursor.list(")", () => parseParameter(cursor));
  const returns = cursor.accept("->") ? parseType(cursor) : undefined;
  cursor.expect(":");
  cursor.expectEnd();
  return { kind: "function", name, file, parameters, returns, body: parseBlock(children, file), line };
}
