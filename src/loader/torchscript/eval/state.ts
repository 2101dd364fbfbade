import { type Dim, formatDim, formatShape, symbolsOf } from "../../../core/index.ts";
import type { TensorType } from "../../../graph/index.ts";
import { numberTensor } from "./host/number-tensors.ts";
import { scalarKind } from "./join.ts";
import { kindOf } from "./kinds.ts";
import type { ObjectTable } from "./object-table.ts";
import { isSameContent, plainCopy, plainText } from "./plain-values.ts";
import type { Session } from "./session.ts";
import {
  type AnyContainer,
  type EvalValue,
  isKnownNumber,
  isNumber,
  ObjectValue,
  ScalarValue,
  TensorValue,
} from "./values.ts";

/** What an attribute holds between two calls of forward. */
export type Kept =
  /** A tensor, which becomes an input and an output. */
  | { readonly kind: "tensor"; readonly type: TensorType }
  /** A number that every call changes; it is passed as a tensor without axes. */
  | { readonly kind: "number"; readonly dtype: "int64" | "float64" | "bool" }
  /** A size of the inputs. */
  | { readonly kind: "size"; readonly dim: Dim }
  /** What is the same after every call. */
  | { readonly kind: "known"; readonly value: EvalValue };

/** Attributes by their path, such as `decoder.hidden`. */
export type State = ReadonlyMap<string, Kept>;

export const NO_STATE: State = new Map();

const HINT = "let forward take its state and return it";

interface Attribute {
  readonly object: ObjectValue;
  readonly name: string;
}

function heldBy({ object, name }: Attribute): EvalValue {
  return object.content.get(name) ?? null;
}

function pathOf({ object, name }: Attribute): string {
  return object.path ? `${object.path}.${name}` : name;
}

/** Attributes of modules that forward left different from what they were, and did not set before it read them. */
export function changedAttributes(
  session: Session,
  objects: ObjectTable,
  before: ReadonlyMap<AnyContainer, unknown>,
): ReadonlyMap<string, Attribute> {
  const found = new Map<string, Attribute>();
  for (const [object, old] of before) {
    if (!(object instanceof ObjectValue) || object.path === undefined) continue;
    for (const [name, value] of object.content) {
      const kept = (old as Map<string, EvalValue>).get(name);
      const isSame = kept !== undefined && isSameContent(session, kept, value);
      if (!isSame && !objects.usage.isFresh(object, name)) found.set(pathOf({ object, name }), { object, name });
    }
  }
  return found;
}

/** Lists and dicts of the file that forward changes would be state too, of no fixed type. */
export function refuseChangedContainers(
  session: Session,
  objects: ObjectTable,
  before: ReadonlyMap<AnyContainer, unknown>,
): void {
  for (const container of before.keys()) {
    if (container instanceof ObjectValue || !objects.isOfFile(container)) continue;
    session.refuse(`a model whose forward changes a ${kindOf(container)} that the next call would see`, HINT);
  }
}

/** What an attribute holds after a call, as the next call sees it. */
function keptOf(session: Session, path: string, value: EvalValue, known: Kept | undefined): Kept {
  if (value instanceof TensorValue) return { kind: "tensor", type: { ...value.type, contiguous: true } };
  const isCounting =
    known?.kind === "number" || (known?.kind === "known" && isKnownNumber(value) && !Object.is(known.value, value));
  if (isNumber(value) && isCounting) return { kind: "number", dtype: scalarKind(value) };
  if (value instanceof ScalarValue) {
    const { type } = value.value;
    const dim = type.kind === "scalar" ? type.dim : undefined;
    const isSize = dim !== undefined && symbolsOf(dim).every((name) => !/^u\d+$/.test(name));
    return isSize ? { kind: "size", dim } : { kind: "number", dtype: value.dtype };
  }
  const copy = plainCopy(session, value);
  if (copy !== undefined) return { kind: "known", value: copy };
  return session.refuse(`the attribute ${path}, which forward sets to ${kindOf(value)},`, HINT);
}

/** Lists and objects that a call before made may have changed although no attribute was set. */
export function stateAfter(
  session: Session,
  root: ObjectValue,
  changed: ReadonlyMap<string, Attribute>,
  before: State,
): State {
  const kept = new Map(before);
  for (const [path, known] of before) {
    const attribute = known.kind === "known" ? findAttribute(root, path) : undefined;
    if (attribute) kept.set(path, keptOf(session, path, heldBy(attribute), known));
  }
  for (const [path, attribute] of changed) {
    kept.set(path, keptOf(session, path, heldBy(attribute), before.get(path)));
  }
  return kept;
}

function textOf(kept: Kept): string {
  if (kept.kind === "tensor") return `${kept.type.dtype}${formatShape(kept.type.shape)}`;
  if (kept.kind === "size") return formatDim(kept.dim);
  return kept.kind === "number" ? kept.dtype : plainText(kept.value);
}

export function isSameState(a: State, b: State): boolean {
  return (
    a.size === b.size &&
    [...a].every(([path, kept]) => {
      const other = b.get(path);
      return other !== undefined && textOf(other) === textOf(kept);
    })
  );
}

function findAttribute(root: ObjectValue, path: string): Attribute | undefined {
  const parts = path.split(".");
  const name = parts.pop() ?? "";
  let object: EvalValue | undefined = root;
  for (const part of parts) object = object instanceof ObjectValue ? object.content.get(part) : undefined;
  return object instanceof ObjectValue ? { object, name } : undefined;
}

function entered(session: Session, path: string, kept: Kept): EvalValue {
  if (kept.kind === "known") return plainCopy(session, kept.value) ?? null;
  if (kept.kind === "size") {
    const size = session.scope.knownScalar(kept.dim);
    return size
      ? new ScalarValue(size)
      : session.refuse(`the attribute ${path}, which is a size that no input has,`, HINT);
  }
  const type: TensorType =
    kept.kind === "tensor" ? kept.type : { kind: "tensor", dtype: kept.dtype, shape: [], contiguous: true };
  const tensor = new TensorValue(type, session.scope.input(path, type));
  return kept.kind === "tensor" ? tensor : (session.emit("aten.item.default", { self: tensor })[0] ?? null);
}

/** Gives the attributes what the call before left in them: an input for each that is not known. */
export function enterState(session: Session, root: ObjectValue, state: State): void {
  for (const [path, kept] of state) {
    const attribute = findAttribute(root, path);
    attribute?.object.content.set(attribute.name, entered(session, path, kept));
  }
}

/** Makes what the attributes hold after the call outputs, for the next call. */
export function leaveState(session: Session, root: ObjectValue, state: State): void {
  for (const [path, kept] of state) {
    if (kept.kind === "known" || kept.kind === "size") continue;
    const attribute = findAttribute(root, path);
    const value = attribute?.object.content.get(attribute.name) ?? null;
    const tensor = isNumber(value)
      ? numberTensor(session, value, kept.kind === "number" ? kept.dtype : "int64")
      : value;
    if (tensor instanceof TensorValue) session.scope.builder.output(path, session.place(tensor));
  }
}
