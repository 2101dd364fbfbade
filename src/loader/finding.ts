import type { ZipArchive } from "../container/index.ts";

/** What a file is, by its content. */
export interface Finding {
  /** Stable and short: `pt2-archive`, `torchscript`, `html`. */
  readonly format: string;
  /** For messages: "a TorchScript archive". */
  readonly found: string;
  /** What to do instead, for what does not run. */
  readonly advice: string;
  /** Whether it is a model or weights of some framework, rather than something else altogether. */
  readonly isModel: boolean;
  /** The opened archive, when the file is one. */
  readonly archive?: ZipArchive;
}

/** One row of a table of formats: the first whose `matches` holds says what the subject is. */
export interface FormatRow<Subject> extends Omit<Finding, "archive"> {
  readonly matches: (subject: Subject) => boolean;
}

export const EXPORT: string = 'torch.export.save(torch.export.export(model.eval(), example_inputs), "model.pt2")';
export const ADVICE_EXPORT: string = `in PyTorch, write the model with ${EXPORT}`;
export const ADVICE_LOAD_AND_EXPORT: string = `it holds weights and no graph: in PyTorch, load it into the model and call ${EXPORT}`;
