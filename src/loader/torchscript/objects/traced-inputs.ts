import type { ZipArchive } from "../../../container/index.ts";
import { readObjects } from "./read-objects.ts";
import { absentStorages } from "./script-storages.ts";
import type { ScriptValue, TracedValue } from "./script-value.ts";

const MEMBER = "traced_inputs.pkl";

/** An input that is no plain data, such as an object, or a list that holds itself. */
class NoPlainData extends Error {}

/** Undefined for what is at work, of which it may not be a part. */
type Known = Map<ScriptValue, TracedValue | undefined>;

/** What is one value there is one value here, so that a few that hold each other many times stay a few. */
function traced(value: ScriptValue, known: Known): TracedValue {
  const before = known.get(value);
  if (before) return before;
  if (known.has(value)) throw new NoPlainData();
  known.set(value, undefined);
  const made = described(value, known);
  known.set(value, made);
  return made;
}

function described(value: ScriptValue, known: Known): TracedValue {
  if (value.kind === "tensor") {
    const { dtype, shape } = value.location;
    return { kind: "tensor", dtype, shape };
  }
  if (value.kind === "list" || value.kind === "tuple")
    return { kind: value.kind, items: value.items.map((item) => traced(item, known)) };
  if (value.kind === "dict") {
    return { kind: "dict", entries: value.entries.map(([key, item]) => [key, traced(item, known)] as const) };
  }
  if (value.kind === "object" || value.kind === "enum") throw new NoPlainData();
  return value;
}

function tracedAll(values: ScriptValue): readonly TracedValue[] | undefined {
  if (values.kind !== "list" && values.kind !== "tuple") return undefined;
  try {
    const known: Known = new Map();
    return values.items.map((value) => traced(value, known));
  } catch (error) {
    if (error instanceof NoPlainData) return undefined;
    throw error;
  }
}

/** What a traced module's methods were traced with, by the name of the method; methods that took objects are left out. */
export function readTracedInputs(archive: ZipArchive): ReadonlyMap<string, readonly TracedValue[]> {
  const found = new Map<string, readonly TracedValue[]>();
  if (!archive.has(MEMBER)) return found;
  const methods = readObjects(archive, MEMBER, absentStorages());
  for (const [key, values] of methods.kind === "dict" ? methods.entries : []) {
    const inputs = tracedAll(values);
    if (key.kind === "string" && inputs) found.set(key.value, inputs);
  }
  return found;
}
