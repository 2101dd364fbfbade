import path from "node:path";
import { expect, test } from "vitest";
import { supportedTargets } from "../../src/lowering/index.ts";
import { ROOT } from "./source-files.ts";

interface Row {
  readonly operator: string;
  readonly overloads: readonly string[];
}

function rows(targets: readonly string[]): Row[] {
  const byOperator = new Map<string, string[]>();
  for (const target of targets) {
    const [namespace = "", name = "", overload] = target.split(".");
    const operator = `${namespace}.${name}`;
    byOperator.set(operator, [...(byOperator.get(operator) ?? []), ...(overload ? [overload] : [])]);
  }
  return [...byOperator].map(([operator, overloads]) => ({ operator, overloads }));
}

function page(targets: readonly string[]): string {
  const table = rows(targets).map(({ operator, overloads }) => `| \`${operator}\` | ${overloads.join(", ")} |`);
  return `# Operators

The ${targets.length} ATen operators and symbolic functions that run, with their overloads; in-place variants are replaced by these
before. Some uses are refused (a dtype for which there is no exact kernel, a shape that must be known and is not):
\`torchrelay inspect MODEL\` says so for a model. A test writes this page (\`npx vitest run test/project/operators-page -u\`).

| operator | overloads |
|---|---|
${table.join("\n")}
`;
}

test("docs/operators.md lists what is supported", async () => {
  await expect(page(supportedTargets())).toMatchFileSnapshot(path.join(ROOT, "docs/operators.md"));
});
