import { execFileSync, spawnSync } from "node:child_process";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import type { FirstLoad } from "./load-child.ts";
import { atMost, type Measure, median, modelFile } from "./measure.ts";
import { PYTHON } from "./serve/servers.ts";

interface Case {
  readonly model: string;
  readonly title: string;
  readonly goalSeconds: number;
}

const CASES: readonly Case[] = [
  { model: "vit_b16", title: "ViT-B/16, 348 MB", goalSeconds: 2 },
  { model: "resnet18", title: "ResNet-18, 48 MB", goalSeconds: 0.4 },
];
const INSPECT_SECONDS = 0.3;
const ROUNDS = 5;

/** What bench/load_torch.py prints. */
interface TorchLoad {
  readonly importMs: number;
  readonly exportMs: number;
  readonly scriptMs: number | null;
}

/** A round: each in a process of its own, with the file in the page cache. */
interface Round extends FirstLoad {
  readonly commandMs: number;
  readonly torch: TorchLoad | undefined;
}

function runMs(...args: readonly string[]): number {
  const start = performance.now();
  execFileSync(process.execPath, args);
  return performance.now() - start;
}

function firstLoad(model: string): FirstLoad {
  const script = fileURLToPath(new URL("./load-child.js", import.meta.url));
  return JSON.parse(execFileSync(process.execPath, [script, model], { encoding: "utf8" })) as FirstLoad;
}

function torchLoad(model: string): TorchLoad | undefined {
  const { stdout, status } = spawnSync(PYTHON, [path.resolve("bench/load_torch.py"), model], { encoding: "utf8" });
  return status === 0 ? (JSON.parse(stdout) as TorchLoad) : undefined;
}

function takeRound(model: string): Round {
  const commandMs = runMs(path.resolve("dist/bundle/cli.js"), "inspect", modelFile(model));
  return { commandMs, ...firstLoad(model), torch: torchLoad(model) };
}

function torchMeasures(title: string, rounds: readonly TorchLoad[]): readonly Measure[] {
  if (rounds.length === 0) return [];
  const scripts = rounds.flatMap(({ scriptMs }) => scriptMs ?? []);
  const seconds = (name: string, values: readonly number[]): Measure => ({
    name: `${title}, ${name}`,
    value: median(values) / 1000,
    unit: "s",
  });
  return [
    seconds(
      "torch.export.load",
      rounds.map(({ exportMs }) => exportMs),
    ),
    ...(scripts.length > 0 ? [seconds("torch.jit.load", scripts)] : []),
    seconds(
      "import torch",
      rounds.map(({ importMs }) => importMs),
    ),
  ];
}

function measures({ model, title, goalSeconds }: Case): readonly Measure[] {
  takeRound(model);
  const rounds = Array.from({ length: ROUNDS }, () => takeRound(model));
  const seconds = (figure: (round: Round) => number) => median(rounds.map(figure)) / 1000;
  const loaded = seconds(({ loadMs }) => loadMs);
  return [
    atMost(`${title}, load to ready`, loaded, "s", goalSeconds),
    { name: `${title}, first answer after that`, value: seconds(({ answerMs }) => answerMs), unit: "s" },
    atMost(
      `${title}, inspect as a command`,
      seconds(({ commandMs }) => commandMs),
      "s",
      INSPECT_SECONDS,
    ),
    atMost(
      `${title}, inspect as a call`,
      seconds(({ inspectMs }) => inspectMs),
      "s",
      INSPECT_SECONDS,
    ),
    ...torchMeasures(
      title,
      rounds.flatMap(({ torch }) => torch ?? []),
    ),
  ];
}

/** How long it takes until a model can be used, and until it is known what it is; each the first time in a process. */
export async function loading(): Promise<Measure[]> {
  return CASES.flatMap(measures);
}
