import http, { type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import { gunzipSync, inflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { encodingFor } from "../../src/server/response-body.ts";
import { echoOf, serveEcho } from "./serving.ts";

const TABLE: readonly [accepted: string, encoding: string | undefined][] = [
  ["gzip", "gzip"],
  ["deflate", "deflate"],
  ["GZIP ; q=0.5 , deflate;q=0.8", "deflate"],
  ["gzip, deflate, br", "gzip"],
  ["br, zstd", undefined],
  ["", undefined],
  ["*", "gzip"],
  ["*;q=0.5, gzip;q=0", "deflate"],
  ["gzip;q=0, deflate;q=0.000", undefined],
  ["identity, gzip;q=0.5", undefined],
  ["identity;q=0.1, gzip;q=0.5", "gzip"],
  ["gzip;q=nonsense;level=3", "gzip"],
  ["gzip;q=1.2.3", undefined],
];

test.each(TABLE)("who accepts %j gets %s", (accepted, encoding) => {
  expect(encodingFor(accepted)).toBe(encoding);
});

interface Received {
  readonly headers: IncomingMessage["headers"];
  /** As sent. */
  readonly body: Buffer;
}

/** Sends exactly these headers. */
function send(url: string, body: string, headers: http.OutgoingHttpHeaders): Promise<Received> {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method: "POST", headers, agent: false }, (response) => {
      buffer(response).then((bytes) => resolve({ headers: response.headers, body: bytes }), reject);
    });
    request.on("error", reject).end(body);
  });
}

function request(columns: number, isBinary: boolean): string {
  const input = { name: "x_int32", datatype: "INT32", shape: [1, columns], data: Array(columns).fill(7) };
  return JSON.stringify({ inputs: [input], parameters: { binary_data_output: isBinary } });
}

test("large answers are compressed for who accepts it, and are the same", async () => {
  const { url } = await serveEcho(echoOf(["int32"]));
  for (const isBinary of [false, true]) {
    const exchange = (accepted?: string): Promise<Received> =>
      send(`${url}/v2/models/echo/infer`, request(5000, isBinary), accepted ? { "accept-encoding": accepted } : {});
    const [plain, gzip, deflate] = await Promise.all([exchange(), exchange("gzip"), exchange("deflate")]);
    expect(plain.headers["content-encoding"]).toBeUndefined();
    expect([gzip.headers["content-encoding"], deflate.headers["content-encoding"]]).toEqual(["gzip", "deflate"]);
    for (const { headers, body } of [plain, gzip, deflate]) {
      expect(headers.vary).toBe("accept-encoding");
      expect(headers["content-length"]).toBe(String(body.length));
      expect(headers["inference-header-content-length"]).toBe(plain.headers["inference-header-content-length"]);
    }
    expect(gzip.body.length).toBeLessThan(plain.body.length / 10);
    expect(gunzipSync(gzip.body).equals(plain.body)).toBe(true);
    expect(inflateSync(deflate.body).equals(plain.body)).toBe(true);
  }
});

test("small answers and refusals are not compressed", async () => {
  const { url } = await serveEcho(echoOf(["int32"]));
  for (const body of [request(1, false), "{}"]) {
    const { headers } = await send(`${url}/v2/models/echo/infer`, body, { "accept-encoding": "gzip" });
    expect([headers["content-encoding"], headers.vary]).toEqual([undefined, undefined]);
  }
});
