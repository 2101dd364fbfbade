import { expect, test } from "vitest";
import type { JsonValue } from "../../src/container/index.ts";
import { leafNames, readPyTree } from "../../src/loader/pytree.ts";

interface Spec {
  readonly type: string | null;
  readonly context: JsonValue;
  readonly children_spec: readonly Spec[];
}

const leaf: Spec = { type: null, context: null, children_spec: [] };

function spec(type: string, context: JsonValue, ...children: readonly Spec[]): Spec {
  return { type, context, children_spec: children };
}

function names(tree: Spec, namedTuples: JsonValue = {}): readonly string[] {
  return leafNames(readPyTree(JSON.stringify([1, tree]), namedTuples));
}

/** Contexts as torch 2.13 writes them for outputs of these kinds. */
test.each<[string, Spec, readonly string[]]>([
  ["a single tensor", leaf, ["output"]],
  ["a tuple", spec("builtins.tuple", "null", leaf, leaf), ["output_0", "output_1"]],
  ["a tuple of one", spec("builtins.tuple", "null", leaf), ["output_0"]],
  ["a list", spec("builtins.list", "null", leaf), ["output_0"]],
  ["nothing", spec("builtins.tuple", "null"), []],
  ["a dict", spec("builtins.dict", '["z", 3]', leaf, leaf), ["z", "3"]],
  ["an OrderedDict", spec("collections.OrderedDict", '["b", "a"]', leaf, leaf), ["b", "a"]],
  [
    "a defaultdict",
    spec(
      "collections.defaultdict",
      { default_factory_module: "builtins", default_factory_name: "list", dict_context: ["b"] },
      leaf,
    ),
    ["b"],
  ],
  ["a dataclass", spec("my.DC", '[["q", "r"], []]', leaf, leaf), ["q", "r"]],
  ["a dataclass with a None", spec("my.DC", '[["q"], ["r"]]', leaf), ["q"]],
  [
    "a ModelOutput",
    spec("transformers.modeling_outputs.X", '["logits", "past"]', leaf, spec("builtins.tuple", "null", leaf, leaf)),
    ["logits", "past.0", "past.1"],
  ],
  ["a named tuple", spec("collections.namedtuple", "my.NT2", leaf, leaf), ["a", "b"]],
  ["an unknown named tuple", spec("collections.namedtuple", "other", leaf, leaf), ["output_0", "output_1"]],
  [
    "containers in containers",
    spec("builtins.tuple", "null", spec("builtins.dict", '["k"]', spec("builtins.list", "null", leaf)), leaf),
    ["output_0.k.0", "output_1"],
  ],
  ["keys that do not fit", spec("builtins.dict", '["a"]', leaf, leaf), ["output_0", "output_1"]],
])("names the leaves of %s", (_, tree, expected) => {
  expect(names(tree, { "my.NT2": { field_names: ["a", "b"] } })).toEqual(expected);
});

test.each([undefined, null, "", "nonsense", "{}", "[]", "[1]", '[1, {"type": "x"}]', "[1, 7]"])(
  "refuses %j",
  (text) => {
    expect(() => readPyTree(text, {})).toThrow(/pytree/);
  },
);
