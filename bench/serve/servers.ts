import path from "node:path";
import { modelFile } from "../measure.ts";
import type { Case, Face, Sample } from "./cases.ts";
import { httpPost, jsonPost } from "./http-request.ts";
import type { AnswerForm } from "./load/load.ts";
import { relayRequest } from "./relay-requests.ts";

export interface Ports {
  readonly http: number;
  readonly grpc: number;
}

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** A server that is measured. */
export interface ServerKind {
  readonly name: string;
  /** The Python module that it needs. */
  readonly module?: string;
  readonly faces: (which: Case) => readonly Face[];
  readonly command: (which: Case, ports: Ports, threads: number) => Command;
  readonly request: (face: Face, which: Case, sample: Sample) => Uint8Array;
  readonly answerForm: (face: Face) => AnswerForm;
}

export const PYTHON: string = process.env["TORCHRELAY_BENCH_PYTHON"] ?? "python3";

const torchrelay: ServerKind = {
  name: "torchrelay",
  faces: ({ faces, ownFaces }) => [...faces, ...ownFaces],
  command: ({ model }, { http, grpc }, threads) => ({
    file: process.execPath,
    args: [
      path.resolve("dist/bundle/cli.js"),
      ...["serve", modelFile(model), "--port", String(http), "--grpc-port", String(grpc)],
      ...["--workers", String(threads)],
    ],
    env: {},
  }),
  request: relayRequest,
  answerForm: (face) => face,
};

type PeerRequest = ServerKind["request"];

const PREDICT = "/predict";

/** Peers are not to report what they are used for. */
const PEER_ENV = { BENTOML_DO_NOT_TRACK: "True", RAY_USAGE_STATS_ENABLED: "0", PYTHONDONTWRITEBYTECODE: "1" };

function bytesOf({ inputs }: Sample): Buffer {
  return Buffer.concat(inputs.map(({ tensor }) => tensor.bytes));
}

/** `{"input": [...]}`, or the bytes of the tensor. */
const plain: PeerRequest = (face, _case, sample) =>
  face === "binary"
    ? httpPost(PREDICT, bytesOf(sample), { "content-type": "application/octet-stream" })
    : jsonPost(PREDICT, sample.fields);

/** The same for who takes only JSON: bytes as base64. */
const jsonOnly: PeerRequest = (face, _case, sample) =>
  jsonPost(PREDICT, face === "binary" ? { input: bytesOf(sample).toString("base64") } : sample.fields);

/** Batchable services take lists, of one element each here. */
const listed: PeerRequest = (face, _case, sample) => {
  if (face === "binary") return jsonPost(`${PREDICT}_base64`, { input: [bytesOf(sample).toString("base64")] });
  return jsonPost(PREDICT, Object.fromEntries(Object.entries(sample.fields).map(([name, value]) => [name, [value]])));
};

/** A Python server of bench/serve/peers. */
function peer(
  name: string,
  module: string,
  request: PeerRequest,
  env: (threads: number) => Readonly<Record<string, string>> = () => ({}),
): ServerKind {
  return {
    name,
    module,
    faces: ({ faces }) => faces,
    command: ({ name: model, model: file }, { http }, threads) => ({
      file: PYTHON,
      args: [path.resolve(`bench/serve/peers/${module}_server.py`)],
      env: {
        ...{ MODEL: model, MODEL_FILE: modelFile(file), PORT: String(http), THREADS: String(threads) },
        ...PEER_ENV,
        ...env(threads),
      },
    }),
    request,
    answerForm: () => "json",
  };
}

/** torchrelay, and those it is compared with. */
export const SERVERS: readonly ServerKind[] = [
  torchrelay,
  peer("FastAPI", "fastapi", plain, () => ({ WORKERS: "1" })),
  peer("FastAPI workers", "fastapi", plain, (threads) => ({ WORKERS: String(threads) })),
  peer("LitServe", "litserve", jsonOnly),
  peer("BentoML", "bentoml", listed),
  peer("Ray Serve", "ray", plain),
];
