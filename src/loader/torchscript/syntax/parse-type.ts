import type { TypeExpression } from "./ast.ts";
import { TokenCursor } from "./token-cursor.ts";
import { readLines } from "./tokens.ts";

function typeArguments(cursor: TokenCursor): TypeExpression[] {
  if (!cursor.accept("[")) return [];
  if (cursor.peek() === "(" && cursor.peek(1) === ")") {
    cursor.take();
    cursor.take();
    cursor.expect("]");
    return [];
  }
  return cursor.list("]", () => parseType(cursor));
}

/** `Dict[str, List[__torch__.a.Class]]` */
export function parseType(cursor: TokenCursor): TypeExpression {
  return cursor.nested(() => {
    let name = cursor.name();
    while (cursor.accept(".")) name += `.${cursor.name()}`;
    return { name, args: typeArguments(cursor) };
  });
}

/** The type that a text names. @throws Malformed, Excess */
export function parseTypeText(text: string, what: string): TypeExpression {
  const [line] = readLines(text, what, { tokens: 0 });
  const cursor = new TokenCursor(line ?? { line: 1, tokens: [], children: [] }, what);
  const type = parseType(cursor);
  cursor.expectEnd();
  return type;
}
