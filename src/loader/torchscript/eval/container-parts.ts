import { kindOf } from "./kinds.ts";
import { DictValue, type EvalValue, ListValue, ObjectValue, TupleValue } from "./values.ts";

/** A list, tuple, dict or object that is no module, taken apart. */
export interface ContainerParts {
  /** What it is, with its keys; two of one layout differ in their items alone. */
  readonly layout: string;
  readonly names: readonly string[];
  readonly items: readonly EvalValue[];
  readonly rebuild: (items: readonly EvalValue[]) => EvalValue;
}

function positions(items: readonly EvalValue[]): readonly string[] {
  return items.map((_, i) => String(i));
}

function partsOfList({ content }: ListValue): ContainerParts {
  return {
    layout: `list ${content.length}`,
    names: positions(content),
    items: content,
    rebuild: (items) => new ListValue(items),
  };
}

function partsOfTuple({ items, fields }: TupleValue): ContainerParts {
  return {
    layout: `tuple ${items.length}`,
    names: fields ?? positions(items),
    items,
    rebuild: (made) => new TupleValue(made, fields),
  };
}

function partsOfDict({ content }: DictValue): ContainerParts {
  const keys = [...content.keys()];
  return {
    layout: `dict ${JSON.stringify(keys.map((key) => `${kindOf(key)} ${String(key)}`))}`,
    names: keys.map(String),
    items: [...content.values()],
    rebuild: (items) => new DictValue(keys.map((key, i) => [key, items[i] ?? null] as const)),
  };
}

function partsOfObject({ className, definition, content }: ObjectValue): ContainerParts {
  const names = [...content.keys()];
  return {
    layout: `${className} ${names.join()}`,
    names,
    items: [...content.values()],
    rebuild: (items) => {
      const made = new ObjectValue(className, definition, undefined);
      made.content = new Map(names.map((name, i) => [name, items[i] ?? null]));
      return made;
    },
  };
}

/** The parts of a container; undefined for what is none, and for the objects of the file, which have paths. */
export function partsOf(value: EvalValue): ContainerParts | undefined {
  if (value instanceof ListValue) return partsOfList(value);
  if (value instanceof TupleValue) return partsOfTuple(value);
  if (value instanceof DictValue) return partsOfDict(value);
  return value instanceof ObjectValue && value.path === undefined ? partsOfObject(value) : undefined;
}
