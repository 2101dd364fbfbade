import type { ClassDefinition, FunctionDefinition } from "./ast.ts";
import { parseClass } from "./parse-class.ts";
import { parseFunction } from "./parse-statement.ts";
import { TokenCursor } from "./token-cursor.ts";
import { type CodeLine, readLines, type TokenTally } from "./tokens.ts";

export type Definition = ClassDefinition | FunctionDefinition;

function parseDefinition(codeLine: CodeLine, file: string): Definition {
  const cursor = new TokenCursor(codeLine, file);
  if (cursor.accept("class")) return parseClass(cursor, codeLine);
  if (cursor.accept("def")) return parseFunction(cursor, codeLine);
  throw cursor.unexpected("a class or a function");
}

/**
 * The classes and functions of one file of code, by their names. Nothing is executed.
 * @throws Malformed, Excess
 */
export function parseCode(text: string, file: string, tally: TokenTally): ReadonlyMap<string, Definition> {
  const definitions = new Map<string, Definition>();
  for (const codeLine of readLines(text, file, tally)) {
    const definition = parseDefinition(codeLine, file);
    if (definitions.has(definition.name)) {
      throw new TokenCursor(codeLine, file).malformed(`it defines ${definition.name} again`);
    }
    definitions.set(definition.name, definition);
  }
  return definitions;
}
