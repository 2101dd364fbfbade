import type { ZipArchive } from "../container/index.ts";
import { ADVICE_EXPORT, ADVICE_LOAD_AND_EXPORT, type FormatRow } from "./finding.ts";

function hasFolder(archive: ZipArchive, folder: string): boolean {
  return archive.names.some((name) => name.startsWith(`${folder}/`));
}

function hasProgram(archive: ZipArchive): boolean {
  return archive.names.some((name) => /^models\/[^/]+\.json$/.test(name));
}

/** https://github.com/pytorch/pytorch/blob/main/torch/csrc/export/pt2_archive_constants.h */
export const ARCHIVE_FORMATS: readonly FormatRow<ZipArchive>[] = [
  {
    format: "pt2-archive",
    found: "a PT2 archive",
    advice: "",
    isModel: true,
    matches: (zip) => zip.has("archive_format") && hasProgram(zip),
  },
  {
    format: "pt2-flat",
    found: "a flat PT2 zip",
    advice: "",
    isModel: true,
    matches: (zip) => zip.has("serialized_exported_program.json"),
  },
  {
    format: "aotinductor",
    found: "an AOTInductor package, which holds code compiled for one machine and no graph,",
    advice: `${ADVICE_EXPORT}, without torch._inductor.aoti_compile_and_package`,
    isModel: true,
    matches: (zip) => hasFolder(zip, "data/aotinductor"),
  },
  {
    format: "pt2-without-graph",
    found: "a PT2 archive without a graph",
    advice: ADVICE_EXPORT,
    isModel: true,
    matches: (zip) => zip.has("archive_format"),
  },
  {
    format: "torchscript",
    found: "a TorchScript archive",
    advice: ADVICE_EXPORT,
    isModel: true,
    matches: (zip) => (zip.has("data.pkl") && zip.has("constants.pkl")) || zip.has("bytecode.pkl"),
  },
  {
    format: "torchscript-old",
    found: "a TorchScript archive from before torch 1.4",
    advice: ADVICE_EXPORT,
    isModel: true,
    matches: (zip) => zip.has("model.json") && hasFolder(zip, "code"),
  },
  {
    format: "torch-save",
    found: "a checkpoint that torch.save wrote",
    advice: ADVICE_LOAD_AND_EXPORT,
    isModel: true,
    matches: (zip) => zip.has("data.pkl"),
  },
  {
    format: "npz",
    found: "a NumPy archive (.npz)",
    advice: "pass it as inputs, beside a model",
    isModel: false,
    matches: (zip) => zip.names.length > 0 && zip.names.every((name) => name.endsWith(".npy")),
  },
  {
    format: "keras",
    found: "a Keras model",
    advice: ADVICE_EXPORT,
    isModel: true,
    matches: (zip) => zip.has("config.json") && zip.has("model.weights.h5"),
  },
  {
    format: "torchserve",
    found: "a TorchServe model archive (.mar)",
    advice: ADVICE_EXPORT,
    isModel: true,
    matches: (zip) => hasFolder(zip, "MAR-INF"),
  },
  {
    format: "zip",
    found: "a zip archive of something else than a model",
    advice: ADVICE_EXPORT,
    isModel: false,
    matches: () => true,
  },
];
