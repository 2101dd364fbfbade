import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { MODEL_CONFIG_SCHEMA, readConfig } from "../../src/engine/index.ts";
import { ROOT } from "./source-files.ts";

interface Property {
  readonly type: string;
  readonly description: string;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
}

const PAGE = path.join(ROOT, "docs/model-repository.md");
const HEADER = "| key | value | default | meaning |\n|---|---|---|---|\n";
const properties = Object.entries(MODEL_CONFIG_SCHEMA["properties"] as Record<string, Property>);

function legalOf({ type, minimum, exclusiveMinimum }: Property): string {
  if (minimum !== undefined) return `${type} ≥ ${minimum}`;
  return exclusiveMinimum === undefined ? type : `${type} > ${exclusiveMinimum}`;
}

function row([name, property]: readonly [string, Property]): string {
  const fallback = property.default === undefined ? "" : `\`${JSON.stringify(property.default)}\``;
  return `| \`${name}\` | ${legalOf(property)} | ${fallback} | ${property.description} |\n`;
}

function withTable(page: string): string {
  const start = page.indexOf(HEADER) + HEADER.length;
  const end = page.indexOf("\n\n", start) + 1;
  return page.slice(0, start) + properties.map(row).join("") + page.slice(end);
}

test("docs/model-config.schema.json is the schema that holds", async () => {
  const text = `${JSON.stringify(MODEL_CONFIG_SCHEMA, undefined, 2)}\n`;
  await expect(text).toMatchFileSnapshot(path.join(ROOT, "docs/model-config.schema.json"));
});

test("docs/model-repository.md tables the keys of the schema", async () => {
  const page = readFileSync(PAGE, "utf8");
  expect(page).toContain(HEADER);
  await expect(withTable(page)).toMatchFileSnapshot(PAGE);
});

test("the examples of docs/model-repository.md are legal", () => {
  const page = readFileSync(PAGE, "utf8");
  const [, example = ""] = /```json\n(.*?)```/s.exec(page) ?? [];
  expect(readConfig(example, "the example").options).toEqual({ maxBatchRows: 32 });
  const policies = [...page.matchAll(/^\| `(\{.*\})` \|/gm)].map(([, policy]) => `{"versionPolicy": ${policy}}`);
  expect(policies.map((text) => Object.keys(readConfig(text, text).versionPolicy)[0])).toEqual([
    "latest",
    "all",
    "specific",
  ]);
});
