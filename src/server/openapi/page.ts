import { createHash } from "node:crypto";
import type { JsonSchema } from "../../container/index.ts";
import type { Answer } from "../answer.ts";
import { type Html, html } from "../html.ts";
import type { ApiContent, ApiDocument, ApiOperation, ApiParameter, ApiResponse } from "./document.ts";
import { exampleText, type Field, fieldsOf, nameOf, type TypeWords, typeOf } from "./fields.ts";
import { PAGE_STYLE } from "./page-style.ts";

const STYLE_HASH = createHash("sha256").update(PAGE_STYLE).digest("base64");

/** The page needs nothing but itself, and may load and run nothing. */
const HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
} as const;

const JSON_TYPE = "application/json";

function words(type: TypeWords): readonly Html[] {
  return type.map((word) =>
    typeof word === "string" ? html`${word}` : html`<a href="#${word.schema}">${word.schema}</a>`,
  );
}

function table(heads: readonly string[], rows: readonly Html[]): Html {
  const head = heads.map((text) => html`<th>${text}</th>`);
  return html`<div class="wide"><table><thead><tr>${head}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

function nameCell(name: string, isRequired: boolean): Html {
  return html`<td><code class="${isRequired ? "required" : "optional"}">${name}</code></td>`;
}

function parameterRow({ name, in: place, required = false, description, schema }: ApiParameter): Html {
  return html`<tr>${nameCell(name, required)}<td>${place}</td><td>${words(typeOf(schema))}</td><td>${description}</td></tr>`;
}

function fieldRow({ name, type, isRequired, description }: Field): Html {
  return html`<tr>${nameCell(name, isRequired)}<td>${words(type)}</td><td>${description}</td></tr>`;
}

function example(schema: JsonSchema | undefined): readonly Html[] {
  const [first] = (schema?.["examples"] ?? []) as readonly unknown[];
  return first === undefined ? [] : [html`<pre>${exampleText(first)}</pre>`];
}

/** The schema of the JSON, or else the media type; texts in the place of JSON go without saying. */
function contentLines(content: ApiContent): readonly Html[] {
  const shown = Object.entries(content).filter(([type, { schema }]) => type === JSON_TYPE || !schema);
  return shown.map(([type, { schema }]) =>
    schema ? html`<div>${words(typeOf(schema))}</div>` : html`<div><code>${type}</code></div>`,
  );
}

function answerRow([status, { description, content = {} }]: [string, ApiResponse]): Html {
  return html`<tr><td>${status}</td><td>${description}</td><td>${contentLines(content)}</td></tr>`;
}

function exampleOf(content: ApiContent, { components }: ApiDocument): readonly Html[] {
  const name = nameOf(content[JSON_TYPE]?.schema ?? {});
  return name === undefined ? [] : example(components.schemas[name]);
}

function body({ requestBody }: ApiOperation, document: ApiDocument): readonly Html[] {
  if (!requestBody) return [];
  const { content } = requestBody;
  return [html`<h4>Body</h4>${contentLines(content)}${exampleOf(content, document)}`];
}

function operation(path: string, method: string, described: ApiOperation, document: ApiDocument): Html {
  const answers = Object.entries(described.responses);
  const success = exampleOf(described.responses["200"]?.content ?? {}, document);
  return html`<details id="${described.operationId}">
<summary><code><b class="method ${method}">${method.toUpperCase()}</b> ${path}</code> <span>${described.summary}</span></summary>
<div class="body">
<h4>Parameters</h4>
${table(["name", "in", "type", "what"], described.parameters.map(parameterRow))}
${body(described, document)}
<h4>Answers</h4>
${table(["status", "when", "body"], answers.map(answerRow))}
${success}
</div>
</details>
`;
}

function section({ name, description }: ApiDocument["tags"][number], document: ApiDocument): readonly Html[] {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { tags }]) => tags.includes(name))
      .map(([method, described]) => operation(path, method, described, document)),
  );
  return operations.length > 0 ? [html`<h2 id="${name}">${name} <small>${description}</small></h2>${operations}`] : [];
}

function schemaSection([name, schema]: [string, JsonSchema]): Html {
  const fields = fieldsOf(schema);
  const shown =
    fields.length > 0 ? table(["field", "type", "what"], fields.map(fieldRow)) : html`${words(typeOf(schema))}`;
  return html`<h3 id="${name}">${name}</h3>${shown}${example(schema)}`;
}

function content(document: ApiDocument): Html {
  const { info, tags, components } = document;
  const links = [...tags.map(({ name }) => name), "schemas"].map((name) => html`<a href="#${name}">${name}</a>`);
  return html`<h1>${info.title} <small>${info.version}</small></h1>
<p>${info.description}</p>
<nav>${links}<a href="openapi.json">openapi.json</a></nav>
${tags.flatMap((tag) => section(tag, document))}
<h2 id="schemas">Schemas <small>Fields with * are required.</small></h2>
${Object.entries(components.schemas).map(schemaSection)}`;
}

/** The API's description as a page. */
export function apiPage(document: ApiDocument): Answer {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${document.info.title} API</title>
<style>`.text;
  return {
    headers: HEADERS,
    body: `${page}${PAGE_STYLE}</style>\n</head>\n<body>\n${content(document).text}\n</body>\n</html>\n`,
  };
}
