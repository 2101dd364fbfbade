import { readTensor } from "../../../container/index.ts";
import {
  contiguousStrides,
  DTYPES,
  type DType,
  isContiguous,
  numel,
  type Storage,
  type TensorLocation,
} from "../../../core/index.ts";
import type { ModuleInfo, Value, WeightKind } from "../../../graph/index.ts";
import type { ScriptObject, ScriptValue } from "../objects/script-value.ts";
import type { ClassDefinition, TypeExpression } from "../syntax/ast.ts";
import { AttributeUsage } from "./attribute-usage.ts";
import type { Interpreter } from "./interpreter.ts";
import { hintFor } from "./operator-hints.ts";
import type { Session } from "./session.ts";
import {
  DeviceValue,
  DictValue,
  EnumValue,
  type EvalValue,
  FunctionValue,
  ListValue,
  type NumberValue,
  ObjectValue,
  TensorValue,
  TupleValue,
} from "./values.ts";

/** Elements of larger weights are never looked at. */
const MAX_KNOWN_ELEMENTS = 4096;
const MAX_EMBEDDED_ELEMENTS = 64;

/** The elements of a weight as numbers, for what the program computes from them. */
function elementsOf(location: TensorLocation): readonly NumberValue[] | undefined {
  const { dtype, shape } = location;
  const count = shape.reduce((a, b) => a * b, 1);
  if (count > MAX_KNOWN_ELEMENTS || !READABLE.has(dtype)) return undefined;
  const { bytes } = readTensor(location);
  const aligned = bytes.slice();
  const items = new DTYPES[dtype].array(aligned.buffer as ArrayBuffer, 0, count);
  return [...(items as Iterable<number | bigint>)].map((item) => asNumber(item, dtype));
}

const READABLE: ReadonlySet<DType> = new Set<DType>([
  "float32",
  "float64",
  "int64",
  "int32",
  "int16",
  "int8",
  "uint8",
  "bool",
]);

function asNumber(item: number | bigint, dtype: DType): NumberValue {
  if (dtype === "bool") return item !== 0;
  return DTYPES[dtype].category === "int" ? BigInt(item) : item;
}

/** Constants such as sizes and bounds, which have to be known when the model is prepared. */
function isSmall({ dtype, shape }: TensorLocation, kind: WeightKind): boolean {
  const isNumber = kind === "constant" || DTYPES[dtype].category !== "float";
  return isNumber && shape.reduce((a, b) => a * b, 1) <= MAX_EMBEDDED_ELEMENTS;
}

function inMemory(location: TensorLocation): TensorLocation {
  const { dtype, shape, bytes } = readTensor(location);
  return { storage: { kind: "memory", bytes }, dtype, shape, strides: contiguousStrides(shape), storageOffset: 0 };
}

/** `__torch__.torch.nn.modules.linear.___torch_mangle_0.Linear` is a Linear. */
function shortName(className: string): string {
  return className.slice(className.lastIndexOf(".") + 1);
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

/** The objects of a program: those of the file, which are made once, and what its classes say of them. */
export class ObjectTable {
  readonly #session: Session;
  readonly #held = new Map<ScriptValue, EvalValue>();
  readonly #ofFile = new Set<EvalValue>();
  readonly #inStorage = new Map<Storage, readonly Value[]>();
  readonly modules: ModuleInfo[] = [];
  readonly usage: AttributeUsage = new AttributeUsage();
  #interpreter: Interpreter | undefined;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Who runs the methods that restore objects. */
  attach(interpreter: Interpreter): void {
    this.#interpreter = interpreter;
  }

  get root(): ObjectValue {
    return this.#object(this.#session.archive.root, "");
  }

  constant(index: number): EvalValue {
    const value = this.#session.archive.constants[index];
    if (value === undefined)
      return this.#session.refuse(`the constant ${index}, which is not there`, "save the model again");
    return this.#hold(value, `CONSTANTS.c${index}`, "constant", undefined);
  }

  /** A function, or a member of an enumeration, by its qualified name. */
  global(name: string): EvalValue {
    const { code } = this.#session.archive;
    const definition = code.findFunction(name);
    if (definition) return new FunctionValue(definition);
    const dot = name.lastIndexOf(".");
    const className = name.slice(0, dot);
    const member = this.#enumMember(className, (each) => each === name.slice(dot + 1));
    return member ?? this.#session.refuse(`${name}, which is not defined,`, "save the model again");
  }

  /** The fields of a class of named tuples. */
  tupleFields(name: string): readonly string[] | undefined {
    if (!name.startsWith("__torch__.")) return undefined;
    const definition = this.#session.archive.code.findClass(name);
    this.#session.fuel.look(definition?.attributes.length ?? 0);
    return definition?.base === "NamedTuple" ? definition.attributes.map((each) => each.name) : undefined;
  }

  create(className: string): ObjectValue {
    const { archive, journal } = this.#session;
    return journal.made(new ObjectValue(className, archive.code.findClass(className), undefined));
  }

  attribute(object: ObjectValue, name: string): EvalValue {
    this.settle(object);
    const value = object.content.get(name);
    if (value !== undefined) {
      this.usage.read(object, name);
      return value;
    }
    this.#session.fuel.look(object.definition?.constants.length ?? 0);
    const constant = object.definition?.constants.find((each) => each.name === name);
    if (constant) return this.#literal(constant.value, object.definition);
    return this.#session.refuse(
      `the attribute ${name} of ${object.className}, which is not set,`,
      "save the model again",
    );
  }

  setAttribute(object: ObjectValue, name: string, value: EvalValue): void {
    this.#session.journal.touch(object);
    if (this.#session.scope.parent === undefined) this.usage.overwrite(object, name);
    object.content.set(name, value);
  }

  /** Whether the file has this value, so that the next call would see what this one leaves in it. */
  isOfFile(value: EvalValue): boolean {
    return this.#ofFile.has(value);
  }

  /** Takes a value for one that the call before left in an attribute. */
  keep(value: EvalValue): EvalValue {
    this.#session.fuel.spend();
    if (value instanceof TupleValue) for (const item of value.items) this.keep(item);
    if (value instanceof ListValue || value instanceof DictValue || value instanceof ObjectValue) {
      this.#ofFile.add(value);
      for (const item of value.content.values()) this.keep(item);
    }
    return value;
  }

  /** Restores an object that its class's own `__setstate__` makes. */
  settle(object: ObjectValue): void {
    const { pendingState: state } = object;
    if (state === undefined) return;
    object.pendingState = undefined;
    if (object.definition?.methods.has("__setstate__")) {
      this.#interpreter?.method(object, "__setstate__", [state], new Map());
    } else {
      this.#session.refuse(`an object of ${object.className}`, hintFor(object.className));
    }
  }

  #literal(
    expression: ClassDefinition["constants"][number]["value"],
    definition: ClassDefinition | undefined,
  ): EvalValue {
    const frame = { definition: undefined as never, variables: new Map(), functions: new Map() };
    return definition && this.#interpreter ? this.#interpreter.evaluate(expression, frame) : null;
  }

  #enumMember(className: string, isIt: (name: string, value: EvalValue) => boolean): EnumValue | undefined {
    const definition = this.#session.archive.code.findClass(className);
    for (const { name, value } of definition?.members ?? []) {
      this.#session.fuel.spend();
      const held = this.#literal(value, definition);
      if (isIt(name, held)) return new EnumValue(className, name, held);
    }
    return undefined;
  }

  #hold(value: ScriptValue, path: string, kind: WeightKind, type: TypeExpression | undefined): EvalValue {
    const known = this.#held.get(value);
    if (known !== undefined) return known;
    const held = this.#convert(value, path, kind, type);
    this.#held.set(value, held);
    if (typeof held === "object" && held !== null) this.#ofFile.add(held);
    return held;
  }

  #convert(value: ScriptValue, path: string, kind: WeightKind, type: TypeExpression | undefined): EvalValue {
    if (value.kind === "none") return null;
    if (value.kind === "int") return BigInt(value.value);
    if (value.kind === "bool" || value.kind === "float" || value.kind === "string") return value.value;
    if (value.kind === "complex") return this.#session.refuse("a complex number", "compute with real numbers");
    if (value.kind === "device") return new DeviceValue(value.name);
    if (value.kind === "tensor") return this.#weight(value.location, path, kind);
    if (value.kind === "object") return this.#object(value, path);
    if (value.kind === "enum") {
      const content = this.#hold(value.value, path, kind, undefined);
      return (
        this.#enumMember(value.className, (_, each) => each === content) ?? new EnumValue(value.className, "", content)
      );
    }
    return this.#container(value, path, kind, type);
  }

  #container(
    value: Extract<ScriptValue, { kind: "list" | "tuple" | "dict" }>,
    path: string,
    kind: WeightKind,
    type: TypeExpression | undefined,
  ): EvalValue {
    const named = type?.name === "Optional" ? type.args[0] : type;
    if (value.kind === "tuple") {
      const items = value.items.map((item, i) => this.#hold(item, join(path, String(i)), kind, named?.args[i]));
      return new TupleValue(items, named && this.tupleFields(named.name));
    }
    if (value.kind === "list") {
      return new ListValue(value.items.map((item, i) => this.#hold(item, join(path, String(i)), kind, named?.args[0])));
    }
    return new DictValue(
      value.entries.map(([key, item], i) => {
        const name = key.kind === "string" ? key.value : String(i);
        return [
          this.#hold(key, path, kind, undefined),
          this.#hold(item, join(path, name), kind, named?.args[1]),
        ] as const;
      }),
    );
  }

  #object(object: ScriptObject, path: string): ObjectValue {
    const known = this.#held.get(object);
    if (known instanceof ObjectValue) return known;
    const definition = this.#session.archive.code.findClass(object.className);
    const made = new ObjectValue(object.className, definition, path);
    this.#held.set(object, made);
    if (definition?.base === "Module") this.modules.push({ path, type: shortName(object.className) });
    if (object.state !== undefined) made.pendingState = this.#hold(object.state, path, "constant", undefined);
    for (const [name, value] of object.attributes) {
      const type = definition?.attributes.find((each) => each.name === name)?.type;
      made.content.set(name, this.#hold(value, join(path, name), kindOfAttribute(definition, name), type));
    }
    return made;
  }

  /** Whether the file has another tensor in the memory of a weight. */
  sharesStorage(value: Value): boolean {
    return [...this.#inStorage.values()].some((values) => values.length > 1 && values.includes(value));
  }

  #weight(stored: TensorLocation, name: string, kind: WeightKind): TensorValue {
    const location = isSmall(stored, kind) ? inMemory(stored) : stored;
    const { dtype, shape, strides } = location;
    const type = { kind: "tensor", dtype, shape, contiguous: isContiguous(shape, strides) } as const;
    const { root } = this.#session.scope;
    const value = root.own(root.builder.weight(kind, name, location));
    this.#inStorage.set(stored.storage, [...(this.#inStorage.get(stored.storage) ?? []), value]);
    return new TensorValue(type, value, numel(shape) <= MAX_KNOWN_ELEMENTS ? () => elementsOf(location) : undefined);
  }
}

function kindOfAttribute(definition: ClassDefinition | undefined, name: string): WeightKind {
  if (definition?.parameters.includes(name)) return "parameter";
  return definition?.buffers.includes(name) ? "buffer" : "constant";
}
