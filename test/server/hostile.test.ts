import fc from "fast-check";
import { expect, test } from "vitest";
import { echoOf, get, serveEcho } from "./serving.ts";

const VALID = JSON.stringify({
  id: "1",
  parameters: { timeout: 1_000_000, priority: 1, binary_data_output: false },
  inputs: [
    { name: "x_int64", datatype: "INT64", shape: [1, 2], data: [[1, 2]] },
    { name: "x_float32", datatype: "FP32", shape: [1, 2], parameters: { binary_data_size: 8 } },
  ],
  outputs: [{ name: "y_int64", parameters: { binary_data: true } }],
  instances: [{ x_int64: [1], x_float32: [0.5] }],
});

/** A request with some bytes replaced, inserted or cut out. */
const damaged = fc
  .tuple(fc.nat(VALID.length), fc.nat(8), fc.oneof(fc.string({ maxLength: 6 }), fc.constantFrom(...'[]{}",:-019eE.')))
  .map(([at, cut, text]) => VALID.slice(0, at) + text + VALID.slice(at + cut));

/** Values of any kind where the protocol has its own. */
const strange = fc
  .record(
    {
      inputs: fc.jsonValue(),
      outputs: fc.jsonValue(),
      parameters: fc.jsonValue(),
      id: fc.jsonValue(),
      instances: fc.jsonValue(),
    },
    { requiredKeys: [] },
  )
  .map((value) => JSON.stringify(value));

test("no body makes the server fail, and every refusal has a code", async () => {
  const { url } = await serveEcho(echoOf(["int64", "float32"]));
  const routes = ["/v2/models/echo/infer", "/v1/models/echo:predict"];
  const length = fc.oneof(fc.constant(VALID.length), fc.nat(VALID.length + 20));
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(damaged, strange, fc.json(), fc.string()),
      fc.constantFrom(...routes),
      fc.option(length),
      async (json, route, jsonBytes) => {
        const headers: Record<string, string> = { "content-type": "application/json" };
        if (jsonBytes !== null) headers["inference-header-content-length"] = String(jsonBytes);
        const body = Buffer.concat([Buffer.from(json), Buffer.alloc(8)].slice(0, jsonBytes === null ? 1 : 2));
        const { status, text } = await get(url + route, { method: "POST", body: Uint8Array.from(body), headers });
        expect([200, 400], text).toContain(status);
        if (status !== 200)
          expect(JSON.parse(text)).toMatchObject({ error: expect.any(String), code: expect.any(String) });
      },
    ),
    { numRuns: 400 },
  );
  expect((await get(`${url}/v2/health/ready`)).status).toBe(200);
});
