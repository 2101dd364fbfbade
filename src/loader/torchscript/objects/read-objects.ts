import {
  PickleFloat,
  PickleInstance,
  PickleObject,
  PickleTuple,
  type PickleValue,
  readPickle,
  type ZipArchive,
} from "../../../container/index.ts";
import { LIMITS } from "../../../core/index.ts";
import { Excess, Malformed } from "../../refusal.ts";
import { TorchTensor } from "../../torch-values.ts";
import type { TypeExpression } from "../syntax/ast.ts";
import { PickledComplex, PickledDevice, PickledEnum, SCRIPT_NAMES, TypedContainer } from "./script-globals.ts";
import type { StorageFinder } from "./script-storages.ts";
import type { ScriptObject, ScriptValue } from "./script-value.ts";

const NONE: ScriptValue = { kind: "none" };

/** Values without parts; undefined for all others. */
function leaf(value: PickleValue): ScriptValue | undefined {
  if (value === null) return NONE;
  if (typeof value === "boolean") return { kind: "bool", value };
  if (typeof value === "number" || typeof value === "bigint") return { kind: "int", value };
  if (typeof value === "string") return { kind: "string", value };
  if (value instanceof PickleFloat) return { kind: "float", value: value.value };
  if (value instanceof TorchTensor) return { kind: "tensor", location: value.location };
  if (value instanceof PickledComplex) return { kind: "complex", real: value.real, imaginary: value.imaginary };
  return value instanceof PickledDevice ? { kind: "device", name: value.device } : undefined;
}

/** Makes values of pickled ones. What is one object there is one object here, and cycles are followed once. */
class ObjectReader {
  readonly #known = new Map<PickleValue, ScriptValue>();
  #depth = 0;

  read(value: PickleValue): ScriptValue {
    const known = leaf(value) ?? this.#known.get(value);
    if (known) return known;
    if (++this.#depth > LIMITS.nesting) throw new Excess("the depth of its objects", this.#depth, "nesting");
    const made = this.#compose(value, value);
    this.#depth--;
    return made;
  }

  #compose(value: PickleValue, whole: PickleValue, type?: TypeExpression): ScriptValue {
    if (value instanceof TypedContainer) return this.#compose(value.value, whole, value.type);
    if (value instanceof PickleInstance) return this.#object(value);
    if (Array.isArray(value)) return this.#list(value, whole, type);
    if (value instanceof Map) return this.#dict(value, whole, type);
    if (value instanceof PickleTuple) return this.#tuple(value);
    if (value instanceof PickledEnum) {
      return this.#remember(value, { kind: "enum", className: value.name, value: this.read(value.value) });
    }
    throw new Malformed(`it holds ${value instanceof PickleObject ? value.name : "bytes"} as a value`);
  }

  #remember<Made extends ScriptValue>(value: PickleValue, made: Made): Made {
    this.#known.set(value, made);
    return made;
  }

  #list(list: readonly PickleValue[], whole: PickleValue, type: TypeExpression | undefined): ScriptValue {
    const items: ScriptValue[] = [];
    const made = this.#remember(whole, { kind: "list", items, elementType: type?.args[0] });
    for (const item of list) items.push(this.read(item));
    return made;
  }

  #tuple(tuple: PickleTuple): ScriptValue {
    const items: ScriptValue[] = [];
    const made = this.#remember(tuple, { kind: "tuple", items });
    for (const item of tuple.items) items.push(this.read(item));
    return made;
  }

  #dict(
    dict: ReadonlyMap<PickleValue, PickleValue>,
    whole: PickleValue,
    type: TypeExpression | undefined,
  ): ScriptValue {
    const entries: (readonly [ScriptValue, ScriptValue])[] = [];
    const [keyType, valueType] = type?.args ?? [];
    const made = this.#remember(whole, { kind: "dict", entries, keyType, valueType });
    for (const [key, value] of dict) entries.push([this.read(key), this.read(value)]);
    return made;
  }

  /** A plain dict of attributes is how TorchScript pickles an object; whatever else is what its class made of it. */
  #object(instance: PickleInstance): ScriptObject {
    const { name: className, state } = instance;
    const attributes = new Map<string, ScriptValue>();
    if (!(state instanceof Map)) {
      const made = { kind: "object" as const, className, attributes, state: NONE };
      this.#remember(instance, made);
      made.state = this.read(state);
      return made;
    }
    const made = this.#remember(instance, { kind: "object", className, attributes, state: undefined });
    for (const [name, value] of state) {
      if (typeof name !== "string") throw new Malformed(`an object of ${className} has an attribute without a name`);
      attributes.set(name, this.read(value));
    }
    return made;
  }
}

/** The value that a pickle of the archive holds. @throws RelayError, Malformed, Unsupported, Excess */
export function readObjects(archive: ZipArchive, member: string, storages: StorageFinder): ScriptValue {
  const bytes = archive.read(member, "pickleBytes");
  const file = `${archive.label}: ${member}`;
  const { value } = readPickle(bytes, { ...SCRIPT_NAMES, file, persistent: storages });
  return new ObjectReader().read(value);
}
