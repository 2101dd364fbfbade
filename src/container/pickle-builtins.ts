import {
  PickleConstructor,
  type PickleDict,
  type PickleGlobals,
  PickleTuple,
  type PickleValue,
} from "./pickle-values.ts";

function itemsOf(value: PickleValue | undefined): readonly PickleValue[] | undefined {
  if (value instanceof PickleTuple) return value.items;
  return Array.isArray(value) ? value : undefined;
}

/** `OrderedDict()`, or with a list of pairs as Python 2 wrote it. */
function orderedDict(args: readonly PickleValue[]): PickleDict | undefined {
  const pairs = args.length === 0 ? [] : itemsOf(args[0])?.map(itemsOf);
  if (args.length > 1 || !pairs?.every((pair) => pair?.length === 2)) return undefined;
  return new Map(pairs.map((pair) => [pair?.[0] ?? null, pair?.[1] ?? null]));
}

function set(args: readonly PickleValue[]): Set<PickleValue> | undefined {
  const items = args.length === 0 ? [] : itemsOf(args[0]);
  return items && args.length <= 1 ? new Set(items) : undefined;
}

/** `_codecs.encode(text, "latin1")`: how protocol 2 spells bytes. */
function encode([text, encoding]: readonly PickleValue[]): Uint8Array | undefined {
  return typeof text === "string" && encoding === "latin1" ? new Uint8Array(Buffer.from(text, "latin1")) : undefined;
}

/** `bytes()`: how protocol 2 spells empty bytes. */
function emptyBytes(args: readonly PickleValue[]): Uint8Array | undefined {
  return args.length === 0 ? new Uint8Array() : undefined;
}

/** The containers of Python's standard library that occur in pickles of tensors; protocol 2 writes Python 2's names. */
export const PICKLE_BUILTINS: PickleGlobals = new Map(
  (
    [
      ["collections.OrderedDict", orderedDict],
      ["builtins.set", set],
      ["builtins.frozenset", set],
      ["__builtin__.set", set],
      ["__builtin__.frozenset", set],
      ["_codecs.encode", encode],
      ["__builtin__.bytes", emptyBytes],
    ] as const
  ).map(([name, build]) => [name, new PickleConstructor(name, build)]),
);
