import { changedValues, type TensorType, type Value } from "../../../graph/index.ts";
import { partsOf } from "./container-parts.ts";
import { numberTensor } from "./host/number-tensors.ts";
import { type Kept, type KeptLeaf, keptLeaves, keptOf, keptText, restored } from "./kept.ts";
import { kindOf } from "./kinds.ts";
import type { ObjectTable } from "./object-table.ts";
import type { Session } from "./session.ts";
import { type AnyContainer, type EvalValue, isNumber, ObjectValue, TensorValue } from "./values.ts";

/** What attributes hold between two calls of forward, by their path, such as `decoder.hidden`. */
export type State = ReadonlyMap<string, Kept>;

export const NO_STATE: State = new Map();

interface Attribute {
  readonly object: ObjectValue;
  readonly name: string;
}

function pathOf({ object, name }: Attribute): string {
  return object.path ? `${object.path}.${name}` : name;
}

/** The attributes of the objects of the file. */
function attributesOf(object: ObjectValue, seen: Set<ObjectValue> = new Set()): readonly Attribute[] {
  if (seen.has(object)) return [];
  seen.add(object);
  return [...object.content].flatMap(([name, value]) => {
    const isObject = value instanceof ObjectValue && value.path !== undefined;
    return isObject ? attributesOf(value, seen) : [{ object, name }];
  });
}

/** Whether a value is, or holds, one of these containers or tensors. */
function reaches(session: Session, value: EvalValue, found: ReadonlySet<unknown>): boolean {
  session.fuel.walk();
  if (value instanceof TensorValue) return value.value !== undefined && found.has(value.value);
  return found.has(value) || (partsOf(value)?.items.some((item) => reaches(session, item, found)) ?? false);
}

/** Lists, dicts and objects of the file that forward changed. */
function changedContainers(
  objects: ObjectTable,
  before: ReadonlyMap<AnyContainer, unknown>,
): ReadonlySet<AnyContainer> {
  const changed = [...before.keys()].filter((container) => {
    const hasPath = container instanceof ObjectValue && container.path !== undefined;
    return !hasPath && objects.isOfFile(container);
  });
  return new Set(changed);
}

/** A container that several attributes hold would be several after the call. */
function requireOneOwner(
  session: Session,
  attributes: readonly Attribute[],
  containers: ReadonlySet<AnyContainer>,
): void {
  for (const container of containers) {
    const only = new Set([container]);
    const owners = attributes.filter(({ object, name }) => reaches(session, object.content.get(name) ?? null, only));
    if (owners.length !== 1)
      session.refuse(
        `a model whose ${session.method} changes a ${kindOf(container)} that the next call would see`,
        session.stateHint,
      );
  }
}

/** A tensor of which the file, or another attribute, has a view would be two tensors after the call. */
function requireOwnMemory(
  session: Session,
  objects: ObjectTable,
  attributes: readonly Attribute[],
  changed: ReadonlySet<Value>,
): void {
  const held = attributes.flatMap(({ object, name }) => tensorsOf(session, object.content.get(name) ?? null));
  const own = held.filter((value) => changed.has(value));
  if (own.length === 0) return;
  const seen = new Set(
    held.filter((value) => !changed.has(value)).flatMap((view) => [...session.scope.memoryOf(view)]),
  );
  const shared = own.find((value) => seen.has(value) || objects.sharesStorage(value));
  if (shared) session.refuse(`a change in place of ${shared.name}, of which there is another view,`, session.stateHint);
}

/** Attributes that forward left different from what they were, and did not set before it read them. */
export function changedAttributes(
  session: Session,
  objects: ObjectTable,
  before: ReadonlyMap<AnyContainer, unknown>,
): ReadonlyMap<string, Attribute> {
  const attributes = attributesOf(objects.root);
  const containers = changedContainers(objects, before);
  requireOneOwner(session, attributes, containers);
  const tensors = changedValues(session.scope.builder.nodes);
  requireOwnMemory(session, objects, attributes, tensors);
  const changed = new Set<unknown>([...containers, ...tensors]);
  const found = attributes.filter(({ object, name }) => {
    if (objects.usage.isFresh(object, name)) return false;
    const value = object.content.get(name) ?? null;
    const old = before.get(object) as Map<string, EvalValue> | undefined;
    return (old !== undefined && !Object.is(old.get(name), value)) || reaches(session, value, changed);
  });
  return new Map(found.map((attribute) => [pathOf(attribute), attribute]));
}

/** Tensors of these attributes, each as often as it is there. */
function tensorsOf(session: Session, value: EvalValue): readonly Value[] {
  session.fuel.walk();
  if (value instanceof TensorValue) return value.value === undefined ? [] : [value.value];
  return partsOf(value)?.items.flatMap((item) => tensorsOf(session, item)) ?? [];
}

/** Whether the memory of a tensor that is kept is also that of a weight, or of another tensor that is kept. */
function sharing(session: Session, kept: readonly EvalValue[]): (value: Value) => boolean {
  const { scope } = session;
  const held = kept.flatMap((value) => tensorsOf(session, value)).map((value) => scope.memoryOf(value));
  const weights = new Set(scope.builder.build().weights.map(({ value }) => value));
  return (value) => {
    const memory = [...scope.memoryOf(value)];
    const others = held.filter((other) => memory.some((each) => other.has(each)));
    return others.length > 1 || memory.some((each) => weights.has(each) && each !== value);
  };
}

export function stateAfter(session: Session, changed: ReadonlyMap<string, Attribute>, before: State): State {
  const values = new Map([...changed].map(([path, { object, name }]) => [path, object.content.get(name) ?? null]));
  const isShared = sharing(session, [...values.values()]);
  const after = [...values].map(([path, value]) => {
    return [path, keptOf(session, path, value, before.get(path), isShared)] as const;
  });
  return new Map([...before, ...after]);
}

export function isSameState(a: State, b: State): boolean {
  const isSame = ([path, kept]: readonly [string, Kept]): boolean => {
    const other = b.get(path);
    return other !== undefined && keptText(other) === keptText(kept);
  };
  return a.size === b.size && [...a].every(isSame);
}

function findAttribute(session: Session, root: ObjectValue, path: string): Attribute {
  const parts = path.split(".");
  const name = parts.pop() ?? "";
  let object: EvalValue | undefined = root;
  for (const part of parts) object = object instanceof ObjectValue ? object.content.get(part) : undefined;
  if (object instanceof ObjectValue) return { object, name };
  return session.refuse(
    `the attribute ${path}, which ${session.method} changes in a list or dict of objects,`,
    session.stateHint,
  );
}

/** An input that a call takes from the call before, and gives to the next as an output. */
export interface Passed {
  /** The name of both: the path of what it holds, unless forward takes something of that name. */
  readonly name: string;
  readonly value: Value;
}

/** What is passed from call to call, by its path. */
export type PassedValues = ReadonlyMap<string, Passed>;

function freeName(session: Session, path: string): string {
  return session.scope.hasInput(path) ? freeName(session, `state.${path}`) : path;
}

/** Gives the attributes what the call before left in them: an input for each tensor and number that is not known. */
export function enterState(session: Session, objects: ObjectTable, state: State): PassedValues {
  const passed = new Map<string, Passed>();
  const enter = (path: string, kept: KeptLeaf["kept"]): EvalValue => {
    const type: TensorType =
      kept.kind === "tensor" ? kept.type : { kind: "tensor", dtype: kept.dtype, shape: [], contiguous: true };
    const name = freeName(session, path);
    const value = session.scope.input(name, type);
    passed.set(path, { name, value });
    const tensor = new TensorValue(type, value);
    return kept.kind === "tensor" ? tensor : (session.emit("aten.item.default", { self: tensor })[0] ?? null);
  };
  for (const [path, kept] of state) {
    const { object, name } = findAttribute(session, objects.root, path);
    object.content.set(name, objects.keep(restored(session, path, kept, enter)));
  }
  return passed;
}

function leavesOf(session: Session, root: ObjectValue, state: State): readonly KeptLeaf[] {
  return [...state].flatMap(([path, kept]) => {
    const { object, name } = findAttribute(session, root, path);
    return keptLeaves(path, kept, object.content.get(name) ?? null);
  });
}

/** What is passed changes alone: of two views of one memory, both would have to. */
function refuseSharedChanges(session: Session, leaves: readonly KeptLeaf[], passed: PassedValues): void {
  const changed = changedValues(session.scope.builder.nodes);
  for (const { path, kept } of leaves) {
    const value = passed.get(path)?.value;
    if (kept.kind === "tensor" && kept.isShared && value && changed.has(value))
      session.refuse(
        `a change in place of the attribute ${path}, which shares its memory with another,`,
        session.stateHint,
      );
  }
}

/** Makes what the attributes hold after the call outputs, for the next call. */
export function leaveState(session: Session, root: ObjectValue, state: State, passed: PassedValues): void {
  const leaves = leavesOf(session, root, state);
  refuseSharedChanges(session, leaves, passed);
  for (const { path, kept, value } of leaves) {
    const tensor = isNumber(value)
      ? numberTensor(session, value, kept.kind === "number" ? kept.dtype : "int64")
      : value;
    if (tensor instanceof TensorValue)
      session.scope.builder.output(passed.get(path)?.name ?? path, session.place(tensor));
  }
}
