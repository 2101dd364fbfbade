import { Tensor } from "torchrelay";
import { randomNumbers } from "../random-numbers.ts";

/** How requests and answers are carried. */
export type Face = "json" | "binary" | "grpc";

export interface Input {
  readonly name: string;
  readonly tensor: Tensor;
}

/** One request, of one row. */
export interface Sample {
  readonly inputs: readonly Input[];
  /** What peers take as JSON; they add what the model wants besides. */
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface Case {
  readonly name: string;
  readonly title: string;
  /** The name of a file of bench/models. */
  readonly model: string;
  readonly samples: () => readonly Sample[];
  /** What every server is measured with. */
  readonly faces: readonly Face[];
  /** What torchrelay alone is measured with besides. */
  readonly ownFaces: readonly Face[];
  readonly seconds: number;
  readonly rounds: number;
  /** Requests per second of torchrelay / the best peer. */
  readonly goal: number;
}

const SEED = 20_260_101;

/** Four digits, as clients that care about size send. */
function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}

function simpleSamples(): readonly Sample[] {
  const random = randomNumbers(SEED);
  return Array.from({ length: 64 }, () => {
    const data = Array.from({ length: 10 }, () => rounded(2 * random() - 1));
    const tensor = new Tensor("float32", Float32Array.from(data), [1, 10]);
    return { inputs: [{ name: "x", tensor }], fields: { input: data } };
  });
}

const CHANNELS = 3;
const SIDE = 224;

function rowsOf(values: readonly number[], size: number): number[][] {
  return Array.from({ length: values.length / size }, (_, i) => values.slice(i * size, (i + 1) * size));
}

function imageSamples(): readonly Sample[] {
  const random = randomNumbers(SEED);
  return Array.from({ length: 4 }, () => {
    const data = Array.from({ length: CHANNELS * SIDE * SIDE }, () => rounded(2 * random() - 1));
    const tensor = new Tensor("float32", Float32Array.from(data), [1, CHANNELS, SIDE, SIDE]);
    const planes = rowsOf(data, SIDE * SIDE).map((plane) => rowsOf(plane, SIDE));
    return { inputs: [{ name: "x", tensor }], fields: { input: planes } };
  });
}

const WORDS = 1000;
const SHORTEST = 16;
const LONGEST = 256;

function textSample(length: number, random: () => number): Sample {
  const ids = Array.from({ length }, () => Math.floor(random() * WORDS));
  const tensor = new Tensor("int64", BigInt64Array.from(ids.map(BigInt)), [1, length]);
  const mask = new Tensor("int64", new BigInt64Array(length).fill(1n), [1, length]);
  return {
    inputs: [
      { name: "input_ids", tensor },
      { name: "attention_mask", tensor: mask },
    ],
    fields: { input_ids: ids },
  };
}

/** Texts of 16 to 256 tokens, the logarithm of the length uniform: many are short, some are long; 87 on average. */
function textSamples(): readonly Sample[] {
  const random = randomNumbers(SEED);
  return Array.from({ length: 64 }, () => {
    const length = Math.round(SHORTEST * (LONGEST / SHORTEST) ** random());
    return textSample(length, random);
  });
}

export const CASES: readonly Case[] = [
  {
    name: "simple",
    title: "SimpleModel, Linear(10, 1)",
    model: "simple",
    samples: simpleSamples,
    faces: ["json"],
    ownFaces: ["binary", "grpc"],
    seconds: 2,
    rounds: 3,
    goal: 5,
  },
  {
    name: "cnn",
    title: "ResNet-18, an image of 3x224x224",
    model: "resnet18",
    samples: imageSamples,
    faces: ["binary", "json"],
    ownFaces: [],
    seconds: 2,
    rounds: 2,
    goal: 1.5,
  },
  {
    name: "bert",
    title: "BERT-base encoder, texts of 16 to 256 tokens",
    model: "bert_base",
    samples: textSamples,
    faces: ["json"],
    ownFaces: [],
    seconds: 4,
    rounds: 1,
    goal: 1.2,
  },
];
