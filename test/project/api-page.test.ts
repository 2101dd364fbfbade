import path from "node:path";
import { expect, test } from "vitest";
import type { JsonSchema } from "../../src/container/index.ts";
import type { ApiContent, ApiDocument, ApiOperation } from "../../src/server/openapi/document.ts";
import { exampleText, fieldsOf, type TypeWords, typeOf } from "../../src/server/openapi/fields.ts";
import { openApi } from "../../src/server/openapi/index.ts";
import { ROUTES } from "../../src/server/routes/index.ts";
import { ROOT } from "./source-files.ts";

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

function words(type: TypeWords): string {
  return type
    .map((word) => (typeof word === "string" ? word : `[${word.schema}](#${word.schema.toLowerCase()})`))
    .join("");
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [heads, heads.map(() => "---"), ...rows.map((row) => row.map(cell))];
  return lines.map((row) => `| ${row.join(" | ")} |`).join("\n");
}

function example(schema: JsonSchema | undefined): string {
  const [first] = (schema?.["examples"] ?? []) as readonly unknown[];
  return first === undefined ? "" : `\n\n\`\`\`json\n${exampleText(first)}\n\`\`\``;
}

function bodyOf(content: ApiContent): string {
  return Object.entries(content)
    .filter(([type, { schema }]) => type === "application/json" || !schema)
    .map(([type, { schema }]) => (schema ? words(typeOf(schema)) : `\`${type}\``))
    .join(" or ");
}

function operation(method: string, route: string, described: ApiOperation): string {
  const { summary, parameters, requestBody, responses } = described;
  const taken = parameters.map(({ name, in: place, description }) => [`\`${name}\``, place, description]);
  const answers = Object.entries(responses).map(([status, { description, content = {} }]) => {
    return [status, description, bodyOf(content)];
  });
  const body = requestBody ? `\n\nBody: ${bodyOf(requestBody.content)}` : "";
  return `### \`${method.toUpperCase()} ${route}\`\n\n${summary}.${body}\n\n${table(["parameter", "in", "what"], taken)}\n\n${table(["status", "when", "body"], answers)}`;
}

function section({ name, description }: ApiDocument["tags"][number], { paths }: ApiDocument): string {
  const operations = Object.entries(paths).flatMap(([route, methods]) =>
    Object.entries(methods)
      .filter(([, { tags }]) => tags.includes(name))
      .map(([method, described]) => operation(method, route, described)),
  );
  return `## ${name[0]?.toUpperCase()}${name.slice(1)}\n\n${description}\n\n${operations.join("\n\n")}`;
}

function schemaSection([name, schema]: [string, JsonSchema]): string {
  const fields = fieldsOf(schema).map(({ name: field, type, isRequired, description }) => {
    return [`\`${field}\`${isRequired ? " *" : ""}`, words(type), description];
  });
  const shown = fields.length > 0 ? table(["field", "type", "what"], fields) : words(typeOf(schema));
  return `### ${name}\n\n${shown}${example(schema)}`;
}

function page(document: ApiDocument): string {
  const { info, tags, components } = document;
  const schemas = Object.entries(components.schemas).map(schemaSection);
  return `# The HTTP API

${info.description}

A running server has this page at \`/docs\` and its OpenAPI 3.1 document at \`/openapi.json\`. A test writes this file
(\`npx vitest run test/project/api-page -u\`).

${tags.map((tag) => section(tag, document)).join("\n\n")}

## Schemas

Fields with * are required.

${schemas.join("\n\n")}
`;
}

test("docs/api.md is what the server says of its API", async () => {
  await expect(page(openApi(ROUTES, "0.0.0"))).toMatchFileSnapshot(path.join(ROOT, "docs/api.md"));
});
