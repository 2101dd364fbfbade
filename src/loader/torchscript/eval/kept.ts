import { type Dim, formatDim, formatShape, symbolsOf } from "../../../core/index.ts";
import type { TensorType, Value } from "../../../graph/index.ts";
import { type ComputedTensor, compute, computedTensor } from "./computed-tensor.ts";
import { type ContainerParts, partsOf } from "./container-parts.ts";
import { scalarKind } from "./join.ts";
import { kindOf } from "./kinds.ts";
import { isOfData, type Session } from "./session.ts";
import {
  DeviceValue,
  EnumValue,
  type EvalValue,
  isKnownNumber,
  isNumber,
  type NumberValue,
  ScalarValue,
  TensorValue,
} from "./values.ts";

/** What an attribute holds between two calls of forward. */
export type Kept =
  /** A tensor, which becomes an input and an output. */
  | {
      readonly kind: "tensor";
      readonly type: TensorType;
      /** Whether something else may be a view of its memory, so that it must not change in place. */
      readonly isShared: boolean;
    }
  /** A number that every call changes; it is passed as a tensor without axes. */
  | { readonly kind: "number"; readonly dtype: "int64" | "float64" | "bool" }
  /** A size of the inputs. */
  | { readonly kind: "size"; readonly dim: Dim }
  /** A tensor that no input decides; every call computes it. */
  | { readonly kind: "computed"; readonly computed: ComputedTensor }
  /** What is the same after every call. */
  | { readonly kind: "known"; readonly value: EvalValue }
  | KeptContainer;

/** A list, tuple, dict or object, whose parts are kept one by one. */
export interface KeptContainer extends Pick<ContainerParts, "layout" | "names" | "rebuild"> {
  readonly kind: "container";
  readonly parts: readonly Kept[];
}

function partPath(path: string, name: string): string {
  return `${path}.${name}`;
}

/** Whether a number is other than it was, so that it has to be passed from call to call. */
function isCounting(value: NumberValue, known: Kept | undefined): boolean {
  if (known?.kind === "size") return keptText(keptNumber(value)) !== formatDim(known.dim);
  return (
    known?.kind === "number" || (known?.kind === "known" && isKnownNumber(value) && !Object.is(known.value, value))
  );
}

function keptNumber(value: NumberValue): Kept {
  return value instanceof ScalarValue ? keptScalar(value) : { kind: "known", value };
}

function keptScalar(value: ScalarValue): Kept {
  const { type } = value.value;
  const dim = type.kind === "scalar" ? type.dim : undefined;
  const isSize = dim !== undefined && symbolsOf(dim).every((name) => !isOfData(name));
  return isSize ? { kind: "size", dim } : { kind: "number", dtype: value.dtype };
}

function isPlain(value: EvalValue): boolean {
  return value === null || typeof value !== "object" || value instanceof DeviceValue || value instanceof EnumValue;
}

/** What is to be asked of the tensors of a state: which other memory they may be views of. */
export type IsShared = (value: Value) => boolean;

/** What an attribute holds after a call, as the next call sees it; `known` is what it held after the call before. */
export function keptOf(
  session: Session,
  path: string,
  value: EvalValue,
  known: Kept | undefined,
  isShared: IsShared,
): Kept {
  if (value instanceof TensorValue) return keptTensor(session, value, known, isShared);
  if (isNumber(value) && isCounting(value, known)) return { kind: "number", dtype: scalarKind(value) };
  if (value instanceof ScalarValue) return keptScalar(value);
  const container = partsOf(value);
  if (container) return keptContainer(session, path, container, known, isShared);
  if (isPlain(value)) return { kind: "known", value };
  return session.refuse(`the attribute ${path}, which ${session.method} sets to ${kindOf(value)},`, session.stateHint);
}

function keptTensor(session: Session, tensor: TensorValue, known: Kept | undefined, isShared: IsShared): Kept {
  const value = session.place(tensor);
  const computed = known?.kind === "tensor" ? undefined : computedTensor(session, value);
  const isSame = known?.kind !== "computed" || known.computed.text === computed?.text;
  if (computed && isSame) return { kind: "computed", computed };
  const wasShared = known?.kind === "tensor" && known.isShared;
  return { kind: "tensor", type: { ...tensor.type, contiguous: true }, isShared: wasShared || isShared(value) };
}

function keptContainer(
  session: Session,
  path: string,
  { layout, names, items, rebuild }: ContainerParts,
  known: Kept | undefined,
  isShared: IsShared,
): Kept {
  const before = known?.kind === "container" && known.layout === layout ? known.parts : [];
  session.fuel.spend(items.length);
  const parts = session.fuel.deeper(() =>
    items.map((item, i) => keptOf(session, partPath(path, names[i] ?? ""), item, before[i], isShared)),
  );
  return { kind: "container", layout, names, rebuild, parts };
}

function plainText(value: EvalValue): string {
  if (value instanceof EnumValue) return `${value.className}.${value.member}`;
  if (value instanceof DeviceValue) return value.name;
  return typeof value === "string" ? JSON.stringify(value) : `${kindOf(value)} ${String(value)}`;
}

/** Two kept values are the same when their texts are. */
export function keptText(kept: Kept): string {
  if (kept.kind === "tensor") return `${kept.type.dtype}${formatShape(kept.type.shape)} ${kept.isShared}`;
  if (kept.kind === "size") return formatDim(kept.dim);
  if (kept.kind === "number") return kept.dtype;
  if (kept.kind === "computed") return kept.computed.text;
  return kept.kind === "known" ? plainText(kept.value) : `${kept.layout} (${kept.parts.map(keptText).join("; ")})`;
}

/** A tensor or number that is an input and an output, by its path. */
export interface KeptLeaf {
  readonly path: string;
  readonly kept: Extract<Kept, { kind: "tensor" | "number" }>;
  readonly value: EvalValue;
}

/** What is passed from call to call of a value that is kept. */
export function keptLeaves(path: string, kept: Kept, value: EvalValue): readonly KeptLeaf[] {
  if (kept.kind === "tensor" || kept.kind === "number") return [{ path, kept, value }];
  if (kept.kind !== "container") return [];
  const items = partsOf(value)?.items ?? [];
  return kept.parts.flatMap((part, i) => keptLeaves(partPath(path, kept.names[i] ?? ""), part, items[i] ?? null));
}

/** The value that was kept, with `leaf` giving what is passed from call to call. */
export function restored(
  session: Session,
  path: string,
  kept: Kept,
  leaf: (path: string, kept: KeptLeaf["kept"]) => EvalValue,
): EvalValue {
  if (kept.kind === "known") return kept.value;
  if (kept.kind === "computed") return compute(session, kept.computed);
  if (kept.kind === "size") {
    const size = session.scope.knownScalar(kept.dim);
    if (size) return new ScalarValue(size);
    return session.refuse(`the attribute ${path}, which is a size that no input has,`, session.stateHint);
  }
  if (kept.kind !== "container") return leaf(path, kept);
  return kept.rebuild(kept.parts.map((part, i) => restored(session, partPath(path, kept.names[i] ?? ""), part, leaf)));
}
