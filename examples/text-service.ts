/**
 * Text classification over HTTP: which language is it? `npm run -s example:text`, then
 *
 *     curl localhost:3000/classify -H 'content-type: application/json' -d '{"text": "Wo ist der nächste Bahnhof?"}'
 *     {"language":"de","confidence":0.7879,"top":[{"language":"de","confidence":0.7879},{"language":"sv",…},…]}
 *
 * Clients that send UTF-8 bytes as numbers need no such program: `npx torchrelay serve examples/languages/languages.pt2`,
 * then POST {"instances": [[87, 111, 32, …]]} to localhost:8000/v1/models/languages:predict.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import Fastify from "fastify";
import { load, Tensor } from "torchrelay";
import { answerRelayErrors, disconnection, serve, softmax } from "./service.ts";

const FOLDER = path.resolve("examples/languages");
const MAX_CHARACTERS = 10_000;
const DECISIVE_BYTES = 512;
const BUCKET_BYTES = 16;
const DEADLINE_MS = 1000;
const TOP = 3;
const SPACE = 32;

/**
 * The first bytes of a text, padded with zeros to a multiple of 16: requests of one length share batches. The network
 * masks byte 0, so that padding changes nothing.
 */
function encode(text: string): Tensor {
  const bytes = Buffer.from(text).subarray(0, DECISIVE_BYTES);
  const data = new BigInt64Array(Math.ceil(bytes.length / BUCKET_BYTES) * BUCKET_BYTES);
  for (const [i, byte] of bytes.entries()) data[i] = BigInt(byte || SPACE);
  return new Tensor("int64", data, [1, data.length]);
}

const labels: readonly string[] = JSON.parse(readFileSync(path.join(FOLDER, "labels.json"), "utf8"));
const model = await load(path.join(FOLDER, "languages.pt2"));
const app = Fastify({ bodyLimit: 12 * MAX_CHARACTERS });
answerRelayErrors(app);
app.addHook("onClose", () => model.close());

const body = {
  type: "object",
  required: ["text"],
  properties: { text: { type: "string", minLength: 1, maxLength: MAX_CHARACTERS } },
};

app.post<{ Body: { readonly text: string } }>("/classify", { schema: { body } }, async (request, reply) => {
  const bytes = encode(request.body.text);
  const { logits } = await model.infer({ bytes }, { signal: disconnection(reply), deadlineMs: DEADLINE_MS });
  const top = [...softmax(logits?.data as Float32Array)]
    .map((confidence, i) => ({ language: labels[i], confidence: Number(confidence.toFixed(4)) }))
    .sort((a, b) => b.confidence - a.confidence)
    .slice(0, TOP);
  return { ...top[0], top };
});

await serve(app);
