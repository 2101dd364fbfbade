import { readFileSync } from "node:fs";
import path from "node:path";
import sharp, { type Sharp } from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROOT } from "../project/source-files.ts";
import { type Service, startService } from "./service.ts";

const FOLDER = path.join(ROOT, "examples/digits");
let service: Service;

beforeAll(async () => {
  service = await startService("image-service");
});

afterAll(async () => {
  expect(await service.end()).toBe(0);
});

interface Reply {
  readonly status: number;
  readonly answer: { readonly digit?: number; readonly confidence?: number; readonly message?: string };
}

function digit(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(path.join(FOLDER, name)));
}

async function send(body: Uint8Array<ArrayBuffer>): Promise<Reply> {
  const response = await fetch(`${service.url}/digits`, { method: "POST", body });
  return { status: response.status, answer: (await response.json()) as Reply["answer"] };
}

/** A variant of an image file, as its client may have it. */
async function made(
  change: (image: Sharp) => Sharp,
  file: Uint8Array<ArrayBuffer> = digit("seven.png"),
): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await change(sharp(file)).toBuffer());
}

test.each([
  ["seven.png", 7],
  ["three.png", 3],
  ["five.jpg", 5],
])("%s is recognised", async (file, expected) => {
  const { status, answer } = await send(digit(file));
  expect(status).toBe(200);
  expect(answer.digit).toBe(expected);
  expect(answer.confidence).toBeGreaterThan(0.95);
});

test("a digit is recognised whatever the size, the colours and the depth of the image", async () => {
  const inverted = await made((image) => image.negate());
  const variants = await Promise.all([
    made((image) => image.resize(1000, 1000)),
    made((image) => image.tint("yellow").jpeg(), inverted),
    made((image) => image.toColourspace("rgb16").png()),
    made((image) => image.unflatten(), inverted),
    made((image) => image.greyscale().png()),
  ]);
  const replies = await Promise.all(variants.map(send));
  expect(replies.map(({ answer }) => answer.digit)).toEqual([7, 7, 7, 7, 7]);
});

test("many images at once are all answered", async () => {
  const files = [digit("seven.png"), digit("three.png"), digit("five.jpg")];
  const replies = await Promise.all(
    Array.from({ length: 60 }, (_, i) => send(files[i % 3] as Uint8Array<ArrayBuffer>)),
  );
  expect(replies.map(({ answer }) => answer.digit)).toEqual(Array.from({ length: 60 }, (_, i) => [7, 3, 5][i % 3]));
});

test("what is no PNG or JPEG image of moderate size is refused", async () => {
  const statuses = async (...bodies: readonly Uint8Array<ArrayBuffer>[]): Promise<readonly number[]> =>
    (await Promise.all(bodies.map(send))).map(({ status }) => status);
  const bytes = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(text));
  const svg = bytes(
    '<svg xmlns="http://www.w3.org/2000/svg" width="28" height="28"><rect width="9" height="9"/></svg>',
  );
  expect(await statuses(bytes("no image"), svg, digit("train.py"), digit("digits.pt2"))).toEqual([415, 415, 415, 415]);
  expect(await statuses(await made((image) => image.webp()), await made((image) => image.tiff()))).toEqual([415, 415]);
  expect(await statuses(digit("three.png").slice(0, 600), digit("five.jpg").slice(0, 600))).toEqual([415, 415]);
  const bomb = await sharp({ create: { width: 20_000, height: 1000, channels: 3, background: "white" } })
    .png()
    .toBuffer();
  expect(bomb.length).toBeLessThan(200_000);
  expect(await statuses(new Uint8Array(bomb), new Uint8Array(5 * 2 ** 20), new Uint8Array())).toEqual([415, 413, 400]);
});

test("a request without a body, and one to elsewhere, are refused", async () => {
  expect((await fetch(`${service.url}/digits`, { method: "POST" })).status).toBe(400);
  expect((await fetch(`${service.url}/digits`)).status).toBe(404);
});
