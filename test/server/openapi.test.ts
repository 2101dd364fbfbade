import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { type JsonSchema, schemaCheck } from "../../src/container/index.ts";
import { MODEL_CONFIG_SCHEMA } from "../../src/engine/index.ts";
import { API_KEYS } from "../../src/server/access/api-key.ts";
import { apiPage, openApi } from "../../src/server/openapi/index.ts";
import type { Route } from "../../src/server/route.ts";
import { ROUTES } from "../../src/server/routes/index.ts";
import { DIGITS, echoOf, get, post, serveEcho, serving } from "./serving.ts";

const document = openApi(ROUTES, "1.2.3");

test("the description of the API is a well-formed OpenAPI 3.1 document", async () => {
  const result = await new Validator().validate({ ...structuredClone(document) });
  expect(result.errors ?? []).toEqual([]);
  expect(result.valid).toBe(true);
  expect(document).toMatchObject({ openapi: "3.1.1", info: { title: "torchrelay", version: "1.2.3" } });
});

test("every route has an operation of its own, with the parameters of its path", () => {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.values(methods).map((operation) => ({ path, ...operation })),
  );
  expect(operations.map(({ operationId }) => operationId).sort()).toEqual(
    ROUTES.map(({ operation }) => operation.id).sort(),
  );
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(ROUTES.length);
  for (const { path, parameters } of operations) {
    const named = parameters.filter((parameter) => parameter.in === "path").map(({ name }) => `{${name}}`);
    expect(path.match(/\{\w+\}/g) ?? []).toEqual(named);
  }
  expect(document.paths).toHaveProperty(["/v1/models/{model}:predict", "post"]);
});

test("schemas are schemas, which those who compile them rely on", () => {
  const ajv = new Ajv2020();
  const wrong = [...ROUTES.flatMap(schemasOf), MODEL_CONFIG_SCHEMA, API_KEYS].filter(
    (schema) => !ajv.validateSchema(schema),
  );
  expect(wrong).toEqual([]);
  expect(ajv.validateSchema({ type: "sting" })).toBe(false);
});

test("references lead somewhere, and named schemas are used", () => {
  const references = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
  expect([...new Set(references)].sort()).toEqual(Object.keys(document.components.schemas).sort());
});

/** The schemas of bodies, of requests and of answers. */
function schemasOf({ operation: { body, answers } }: Route): readonly JsonSchema[] {
  return [body, ...Object.values(answers).map(({ schema }) => schema)].filter((schema) => schema !== undefined);
}

test("examples fit the schemas that have them", () => {
  const pairs = ROUTES.flatMap(schemasOf).flatMap((schema) => {
    const examples = (schema["examples"] ?? []) as readonly unknown[];
    return examples.map((example) => schemaCheck(schema)(example, "the example"));
  });
  expect(pairs.length).toBeGreaterThan(5);
  expect(pairs.filter((problem) => problem !== undefined)).toEqual([]);
});

/** What is wrong with an answer of the server by the description of its route. */
function problemOf(id: string, status: number, text: string): string | undefined {
  const route = ROUTES.find(({ operation }) => operation.id === id);
  const schema = route?.operation.answers[status]?.schema;
  return schema ? schemaCheck(schema)(JSON.parse(text), id) : `${id} does not describe ${status}`;
}

test("answers are as their routes are described", async () => {
  const { server, url } = await serving();
  await server.load("digits", DIGITS);
  const data = Array(784).fill(0);
  const inputs = [{ name: "x", datatype: "FP32", shape: [1, 1, 28, 28], data }];
  const infer = { id: "1", inputs };
  const rows = { instances: [[Array(28).fill(Array(28).fill(0))]] };
  const given = [
    ["infer", await post(`${url}/v2/models/digits/infer`, infer)],
    ["predict", await post(`${url}/v1/models/digits:predict`, rows)],
    ["modelNames", await get(`${url}/v1/models`)],
    ["serverMetadata", await get(`${url}/v2`)],
    ["serverLive", await get(`${url}/v2/health/live`)],
    ["serverReady", await get(`${url}/v2/health/ready`)],
    ["modelReady", await get(`${url}/v2/models/digits/ready`)],
    ["modelMetadata", await get(`${url}/v2/models/digits`)],
    ["statistics", await get(`${url}/v2/models/stats`)],
    ["openApi", await get(`${url}/openapi.json`)],
  ] as const;
  expect(given.map(([id, { status, text }]) => problemOf(id, status, text))).toEqual(given.map(() => undefined));
});

test("bodies that do not fit are refused with the place that does not", async () => {
  const { url } = await serveEcho(echoOf(["int32"]));
  const good = { name: "x_int32", datatype: "INT32", shape: [1, 1], data: [1] };
  const bad: [body: unknown, words: string][] = [
    [[], "the body must be object"],
    [{}, "the body lacks inputs"],
    [{ inputs: [{ ...good, name: 1 }] }, "inputs.0.name of the body must be string but is 1"],
    [{ inputs: [{ ...good, shape: [1, -1] }] }, "inputs.0.shape.1 of the body must be >= 0 but is -1"],
    [{ inputs: [{ ...good, datatype: "INT33" }] }, "inputs.0.datatype of the body must be one of BOOL, UINT8"],
    [{ inputs: [{ ...good, data: undefined }] }, "data of x_int32 is missing"],
    [{ inputs: [good], parameters: { user: {} } }, "parameters.user of the body must be a string, a number"],
  ];
  for (const [body, words] of bad) {
    const { status, text } = await post(`${url}/v2/models/echo/infer`, body);
    expect([status, JSON.parse(text).error], text).toEqual([400, expect.stringContaining(words)]);
  }
  const huge = `{"parameters":{"sequence_id":18446744073709551615},"inputs":[${JSON.stringify(good)}]}`;
  expect((await post(`${url}/v2/models/echo/infer`, huge)).status).toBe(200);
});

test("the page shows every operation and schema, and may run and load nothing", async () => {
  const { url } = await serving();
  const { status, text, headers } = await get(`${url}/docs`);
  expect([status, headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
  expect(headers.get("content-security-policy")).toContain("default-src 'none'");
  for (const { operation } of ROUTES) expect(text).toContain(`<details id="${operation.id}">`);
  for (const name of Object.keys(document.components.schemas)) expect(text).toContain(`<h3 id="${name}">`);
  expect(text).not.toMatch(/<script|<link|<img|src=|href="http|\son\w+=/);
});

test("what the description says cannot become markup", () => {
  const { body } = apiPage(openApi(ROUTES, "<script>alert('&')</script>"));
  expect(body).toContain("&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;");
  expect(body).not.toContain("<script");
});
