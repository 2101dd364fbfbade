import { readTensor } from "../../container/index.ts";
import { type DType, RelayError, type Tensor, type TensorLocation } from "../../core/index.ts";
import { nearestName } from "../../util/index.ts";
import type { Contents } from "./contents.ts";

/** What a checkpoint tells about a tensor without reading it. */
export interface TensorInfo {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** Tensors by name, located in their files and read when asked for. The files must stay as they are meanwhile. */
export class Checkpoint implements Disposable {
  /** The base name of the file. */
  readonly file: string;
  /** Such as "safetensors file". */
  readonly format: string;
  /** The names of what the file holds besides tensors. */
  readonly others: readonly string[];
  #tensors: ReadonlyMap<string, TensorLocation>;

  constructor(file: string, format: string, { tensors, others }: Contents) {
    this.file = file;
    this.format = format;
    this.others = others;
    this.#tensors = tensors;
  }

  /** The names of all tensors, in the order of the file; keys and indices of nested ones are joined with dots. */
  keys(): readonly string[] {
    return [...this.#tensors.keys()];
  }

  has(name: string): boolean {
    return this.#tensors.has(name);
  }

  /** @throws RelayError OPTION_INVALID when there is no such tensor */
  info(name: string): TensorInfo {
    const { dtype, shape } = this.location(name);
    return { dtype, shape };
  }

  /** Where the tensor lies. Tensors that share memory in PyTorch share their storage here. @throws RelayError OPTION_INVALID */
  location(name: string): TensorLocation {
    const location = this.#tensors.get(name);
    if (location) return location;
    throw this.#unknown("name", name);
  }

  /**
   * Reads a tensor: row-major, of the dtype that it has in the file; a view of the caller's bytes where it was loaded
   * from memory. @throws RelayError OPTION_INVALID, FILE_UNREADABLE, LIMIT_EXCEEDED
   */
  get(name: string): Tensor {
    return readTensor(this.location(name));
  }

  /**
   * The part under a key of nested dictionaries, its names without that key: `within("state_dict.module")`.
   * @throws RelayError OPTION_INVALID when no tensor is there
   */
  within(key: string): Checkpoint {
    const start = `${key}.`;
    const inner = (name: string): string[] => (name.startsWith(start) ? [name.slice(start.length)] : []);
    const tensors = new Map(
      [...this.#tensors].flatMap(([name, location]) => inner(name).map((rest) => [rest, location] as const)),
    );
    if (tensors.size === 0) throw this.#unknown("key", start);
    return new Checkpoint(this.file, this.format, { tensors, others: this.others.flatMap(inner) });
  }

  #unknown(option: string, given: string): RelayError {
    const near = nearestName(given, this.#tensors.keys());
    const such = near === undefined ? "" : `, such as ${near}`;
    const legal = `of the ${this.#tensors.size} tensors of ${this.file}${such}`;
    return new RelayError("OPTION_INVALID", {
      option,
      given: JSON.stringify(given),
      legal: `the ${option} of one ${legal}`,
    });
  }

  /** Forgets the tensors; those that were read stay valid. */
  close(): void {
    this.#tensors = new Map();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
