import type { Statement } from "../syntax/ast.ts";

function inBlocks(...blocks: readonly (readonly Statement[])[]): readonly string[] {
  return blocks.flat().flatMap(namesIn);
}

function namesIn(statement: Statement): readonly string[] {
  const { kind } = statement;
  if (kind === "assign") return [statement.target];
  if (kind === "unpack" || kind === "parallel") return statement.targets;
  if (kind === "if") return inBlocks(statement.body, statement.otherwise);
  if (kind === "while") return inBlocks(statement.body);
  if (kind === "for") return [statement.variable, ...inBlocks(statement.body)];
  if (kind === "with")
    return [...(statement.target === undefined ? [] : [statement.target]), ...inBlocks(statement.body)];
  return [];
}

/** The variables that statements set, those inside them included. */
export function assignedNames(statements: readonly Statement[]): readonly string[] {
  return [...new Set(inBlocks(statements))];
}

/** Whether statements raise an exception whatever the inputs are. */
export function alwaysRaises(statements: readonly Statement[]): boolean {
  return statements.some(
    ({ kind, value }: { readonly kind: string; readonly value?: unknown }) =>
      kind === "expression" && (value as { readonly operator?: string }).operator === "prim::RaiseException",
  );
}

/** Whether statements use a variable. */
export function isUsed(name: string, syntax: unknown): boolean {
  if (typeof syntax !== "object" || syntax === null) return false;
  if (Array.isArray(syntax)) return syntax.some((each) => isUsed(name, each));
  const { kind, name: own } = syntax as { readonly kind?: unknown; readonly name?: unknown };
  return (kind === "name" && own === name) || Object.values(syntax).some((each) => isUsed(name, each));
}
