/**
 * Image recognition over HTTP. `npm run -s example:images`, then
 *
 *     curl --data-binary @examples/digits/seven.png localhost:3000/digits
 *     {"digit":7,"confidence":0.9998}
 *
 * Clients that prepare the pixels themselves need no such program: `npx torchrelay serve examples/digits/digits.pt2`,
 * then POST {"instances": [[[[0, 0.5, 1, …], …]]]} to localhost:8000/v1/models/digits:predict.
 */
import path from "node:path";
import Fastify from "fastify";
import sharp from "sharp";
import { load, Tensor } from "torchrelay";
import { answerRelayErrors, disconnection, serve, softmax } from "./service.ts";

const MAX_FILE_BYTES = 4 * 2 ** 20;
const MAX_PIXELS = 16e6;
const MAX_DECODE_SECONDS = 2;
const MAX_WAITING_IMAGES = 100;
const DEADLINE_MS = 1000;
const SIDE = 28;

// Of the formats that sharp can read, those that the service promises, and nothing else that a client may send.
sharp.block({ operation: ["VipsForeignLoad"] });
sharp.unblock({ operation: ["VipsForeignLoadPngBuffer", "VipsForeignLoadJpegBuffer"] });

function refusal(statusCode: number, message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { statusCode });
}

/** 28 × 28 grey values. sharp decodes on threads of its own, so that large images do not stall the event loop. */
async function decode(file: Buffer): Promise<Buffer> {
  if (sharp.counters().queue >= MAX_WAITING_IMAGES) throw refusal(429, "too many images are waiting");
  try {
    return await sharp(file, { limitInputPixels: MAX_PIXELS })
      .timeout({ seconds: MAX_DECODE_SECONDS })
      .autoOrient()
      .flatten({ background: "white" })
      .greyscale()
      .resize(SIDE, SIDE, { fit: "fill" })
      .raw()
      .toBuffer();
  } catch (error) {
    throw refusal(415, `send one digit as a PNG or JPEG file of at most ${MAX_PIXELS / 1e6} megapixels`, error);
  }
}

/** As the network was trained: 0 is paper, 1 is ink. On a bright image, the dark is the ink. */
function normalised(grey: Buffer): Float32Array {
  const mean = grey.reduce((sum, value) => sum + value, 0) / grey.length;
  return Float32Array.from(grey, (value) => (mean > 127 ? 255 - value : value) / 255);
}

const model = await load(path.resolve("examples/digits/digits.pt2"));
const app = Fastify({ bodyLimit: MAX_FILE_BYTES });
answerRelayErrors(app);
app.addHook("onClose", () => model.close());

// The file tells what it is; the content-type that curl sends does not.
app.removeAllContentTypeParsers();
app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));

app.post("/digits", async ({ body }, reply) => {
  if (!Buffer.isBuffer(body)) throw refusal(400, "the request has no body");
  const signal = disconnection(reply);
  const x = new Tensor("float32", normalised(await decode(body)), [1, 1, SIDE, SIDE]);
  const { logits } = await model.infer({ x }, { signal, deadlineMs: DEADLINE_MS });
  const probabilities = softmax(logits?.data as Float32Array);
  const confidence = Math.max(...probabilities);
  return { digit: probabilities.indexOf(confidence), confidence: Number(confidence.toFixed(4)) };
});

await serve(app);
