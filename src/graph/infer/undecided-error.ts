import { type Dim, RelayError } from "../../core/index.ts";

/** PyTorch may well take these arguments: what they give is not known before the inputs are. */
export class UndecidedError extends RelayError<"GRAPH_INVALID"> {
  readonly what: string;
  /** The size that it takes, where it is one that symbols tell. */
  readonly size: Dim | undefined;

  constructor(target: string, what: string, size?: Dim) {
    super("GRAPH_INVALID", { stage: "inference", rule: `${target}: ${what}` });
    this.what = what;
    this.size = size;
  }
}
