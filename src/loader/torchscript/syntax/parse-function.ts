import type { FunctionDefinition, Parameter } from "./ast.ts";
import { parseExpression } from "./parse-expression.ts";
import { parseBlock } from "./parse-statement.ts";
import { parseType } from "./parse-type.ts";
import type { TokenCursor } from "./token-cursor.ts";
import type { CodeLine } from "./tokens.ts";

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
