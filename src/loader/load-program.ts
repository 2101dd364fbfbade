import type { ByteSource, JsonObject, ZipArchive } from "../container/index.ts";
import { RelayError } from "../core/index.ts";
import type { FormatInfo, Program } from "../graph/index.ts";
import { checkByteOrder } from "./byte-order.ts";
import type { Finding } from "./finding.ts";
import { identify } from "./identify.ts";
import { readProgram } from "./program-reader.ts";
import { type Pt2Parts, readFlatPt2, readPt2Archive } from "./pt2-layout.ts";
import { refusal } from "./refusal.ts";
import { readSampleInputs } from "./sample-inputs.ts";
import { readSchemaVersion } from "./schema-version.ts";
import { readTorchScript } from "./torchscript/archive/read-torchscript.ts";
import { loadTorchScript, type ScriptOptions } from "./torchscript/load-torchscript.ts";

/** How to open each format that runs. */
const OPENERS: ReadonlyMap<string, (archive: ZipArchive) => Pt2Parts> = new Map([
  ["pt2-archive", readPt2Archive],
  ["pt2-flat", readFlatPt2],
]);

const ACCEPTED = "programs that torch.export.save or torch.jit.save wrote (.pt2, .pt) and ONNX models";

function refuse(file: string, { isModel, found, advice }: Finding): RelayError {
  if (isModel) return new RelayError("MODEL_UNSUPPORTED", { file, feature: found, hint: advice });
  return new RelayError("FORMAT_UNKNOWN", { file, found, accepted: `${ACCEPTED}; ${advice}` });
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** Older exports say which dialect they are in, newer ones which verifier they passed. */
function describe(exported: JsonObject, container: string): FormatInfo {
  const { torch_version, verifiers, dialect: oldDialect } = exported;
  const torchVersion = textOf(torch_version);
  const dialect = textOf(oldDialect) ?? (Array.isArray(verifiers) ? textOf(verifiers[0]) : undefined);
  return {
    container,
    ...(torchVersion !== undefined && { torchVersion }),
    schemaVersion: readSchemaVersion(exported["schema_version"]),
    ...(dialect !== undefined && { dialect }),
  };
}

function load(source: ByteSource, options: ScriptOptions): Program {
  const finding = identify(source);
  const { archive, format: kind, found } = finding;
  if (kind === "torchscript" && archive) return loadTorchScript(readTorchScript(archive), options);
  const open = OPENERS.get(kind);
  if (!open || !archive) throw refuse(source.name, finding);
  checkByteOrder(archive);
  const { exported, stores, samples } = open(archive);
  const format = describe(exported, found.replace(/^an? /, ""));
  const program = readProgram(exported, stores());
  const sampleInputs = readSampleInputs(archive, samples, program);
  const { graph, modules } = program;
  return { graph, modules, format, ...(sampleInputs && { sampleInputs }) };
}

function refusing(file: string, read: () => Program): Program {
  try {
    return read();
  } catch (error) {
    throw refusal(file, error);
  }
}

/**
 * The program in a file that PyTorch wrote. Weights are located, not read; the source may be closed afterwards.
 * `options` tell what a TorchScript archive does not.
 * @throws RelayError FORMAT_UNKNOWN, MODEL_UNSUPPORTED, FILE_CORRUPT, LIMIT_EXCEEDED, PICKLE_REFUSED, FILE_UNREADABLE
 */
export function loadProgram(source: ByteSource, options: ScriptOptions = {}): Program {
  const program = refusing(source.name, () => load(source, options));
  const { atTracedSizes } = program;
  return atTracedSizes ? { ...program, atTracedSizes: () => refusing(source.name, atTracedSizes) } : program;
}
