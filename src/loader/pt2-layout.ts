import { type JsonObject, parseJsonAtOnce, type ZipArchive } from "../container/index.ts";
import { asObject } from "./json-fields.ts";
import { PickledWeights } from "./pickled-weights.ts";
import { RawWeights } from "./raw-weights.ts";
import { Malformed, Unsupported } from "./refusal.ts";
import type { WeightStore, WeightStores } from "./weight-store.ts";

/** The parts of an exported program, by whatever layout its archive has. */
export interface Pt2Parts {
  readonly exported: JsonObject;
  readonly stores: () => WeightStores;
  /** The member that holds the sample inputs, if there is one. */
  readonly samples: string;
}

const NO_WEIGHTS: WeightStore = {
  locate(name) {
    throw new Malformed(`the weight ${name} is missing`);
  },
};

function readObject(archive: ZipArchive, member: string): JsonObject {
  const value = parseJsonAtOnce(archive.read(member, "graphJsonBytes"), `${archive.label}: ${member}`);
  return asObject(value, member);
}

function pickledWeights(archive: ZipArchive, member: string): WeightStore {
  return archive.has(member) ? new PickledWeights(archive, member) : NO_WEIGHTS;
}

/** torch 2.9 and later describe raw members; torch 2.8 has a member that torch.save wrote. */
function archiveWeights(archive: ZipArchive, kind: "weights" | "constants", model: string): WeightStore {
  const config = `data/${kind}/${model}_${kind}_config.json`;
  if (!archive.has(config)) return pickledWeights(archive, `data/${kind}/${model}.pt`);
  return new RawWeights(archive, `data/${kind}`, asObject(readObject(archive, config)["config"], config));
}

const MODEL = /^models\/([^/]+)\.json$/;

function modelName(archive: ZipArchive): string {
  const names = archive.names.flatMap((name) => MODEL.exec(name)?.[1] ?? []);
  if (names.includes("model")) return "model";
  const [only, ...more] = names;
  if (only !== undefined && more.length === 0) return only;
  const list = names.slice(0, 10).join(", ");
  throw new Unsupported(
    `an archive of several programs (${list})`,
    "save each with torch.export.save, or call one model",
  );
}

/** The archive of torch 2.8 and later. */
export function readPt2Archive(archive: ZipArchive): Pt2Parts {
  const model = modelName(archive);
  return {
    exported: readObject(archive, `models/${model}.json`),
    stores: () => ({
      weights: archiveWeights(archive, "weights", model),
      constants: archiveWeights(archive, "constants", model),
    }),
    samples: `data/sample_inputs/${model}.pt`,
  };
}

/** The flat zip of torch 2.3 to 2.7. */
export function readFlatPt2(archive: ZipArchive): Pt2Parts {
  return {
    exported: readObject(archive, "serialized_exported_program.json"),
    stores: () => ({
      weights: pickledWeights(archive, "serialized_state_dict.pt"),
      constants: pickledWeights(archive, "serialized_constants.pt"),
    }),
    samples: "serialized_example_inputs.pt",
  };
}
