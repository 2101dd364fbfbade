/**
 * A small GPT-2 in TypeScript with the weights of the same network in PyTorch: `npm run -s example:gpt`, or with a
 * beginning of your own, `npm run -s example:gpt -- "The above"`. It was trained on this project's licence, character by character.
 */
import path from "node:path";
import { loadModule, type Model, Tensor } from "torchrelay";
import { GPT2 } from "./networks/gpt2.ts";

const CHECKPOINT = path.resolve("examples/checkpoints/gpt.pth");
const CONFIG = { vocabSize: 128, positions: 64, width: 48, layers: 2, heads: 4 };
const NEW_CHARACTERS = 100;
const [prompt = "Permission is"] = process.argv.slice(2);

/** The tokens of a text: its ASCII characters, and question marks for others. */
function encode(text: string): readonly bigint[] {
  return [...Buffer.from(text.replace(/[^\0-\x7f]/gu, "?"))].map(BigInt);
}

function decode(tokens: readonly bigint[]): string {
  return String.fromCharCode(...tokens.map(Number));
}

/** The logits of what may follow the tokens, of which the last 64 count. */
async function next(model: Model, tokens: readonly bigint[]): Promise<Float32Array> {
  const seen = tokens.slice(-CONFIG.positions);
  const ids = new Tensor("int64", BigInt64Array.from(seen), [1, seen.length]);
  const { output } = await model.infer({ ids });
  const logits = output?.data as Float32Array;
  return logits.subarray(-CONFIG.vocabSize);
}

async function generate(model: Model, text: string): Promise<string> {
  const tokens = [...encode(text)];
  for (let i = 0; i < NEW_CHARACTERS; i++) {
    const logits = await next(model, tokens);
    tokens.push(BigInt(logits.indexOf(Math.max(...logits))));
  }
  return decode(tokens);
}

const gpt = new GPT2(CONFIG);
gpt.loadStateDict(CHECKPOINT);

const model = await loadModule(gpt.eval(), ["ids:int64[batch,length]"]);
console.log(await generate(model, prompt));
await model.close();
