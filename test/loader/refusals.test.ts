import { expect, test } from "vitest";
import { normalize, printGraph } from "../../src/graph/index.ts";
import { lower } from "../../src/lowering/index.ts";
import { expectRefusal } from "../container/expect-refusal.ts";
import { loadBytes, loadFile, type Members, membersOf, replaced, zipOf } from "./programs.ts";

const PROGRAM = "models/model.json";
const WEIGHTS = "data/weights/model_weights_config.json";

/** The fixture with the text `before` in one of its JSON members replaced by `after`. */
function edited(member: string, before: string, after: string, fixture: string = "linear-2.13.pt2"): Uint8Array {
  const members = membersOf(fixture);
  return zipOf({ ...members, [member]: replaced(members[member], before, after) });
}

/** The fixture with members added, replaced, or (undefined) taken away. */
function withMembers(
  changes: Readonly<Record<string, Uint8Array | string | undefined>>,
  fixture = "linear-2.13.pt2",
): Uint8Array {
  const entries = Object.entries({ ...membersOf(fixture), ...changes });
  return zipOf(
    Object.fromEntries(entries.filter((entry): entry is [string, Uint8Array | string] => entry[1] !== undefined)),
  );
}

test.each<[string, string, string, string, RegExp]>([
  ["schema 4", PROGRAM, '"major": 8, "minor": 20', '"major": 4, "minor": 0', /schema 4\.0, from before torch 2\.3,/],
  ["a schema to come", PROGRAM, '"major": 8', '"major": 9', /schema 9\.20, from a torch newer/],
  ["a schema from before minors", PROGRAM, '{"major": 8, "minor": 20}', "2", /schema 2\.0/],
  [
    "a tensor subclass as weight",
    WEIGHTS,
    '"use_pickle": false',
    '"use_pickle": true',
    /weight weight, a tensor subclass/,
  ],
  ["float8", PROGRAM, '"linear": {"dtype": 7', '"linear": {"dtype": 29', /the dtype float8_e4m3fn/],
  ["complex32", WEIGHTS, '"dtype": 7', '"dtype": 9', /the dtype complex32/],
  ["a sparse layout", WEIGHTS, '"layout": 7', '"layout": 1', /the layout sparse_coo/],
  [
    "an argument that is a dictionary",
    PROGRAM,
    '"arg": {"as_tensor": {"name": "p_bias"}}',
    '"arg": {"as_string_to_argument": {}}',
    /a dictionary/,
  ],
  [
    "an argument of an unknown kind",
    PROGRAM,
    '"arg": {"as_tensor": {"name": "p_bias"}}',
    '"arg": {"as_novelty": 1}',
    /the kind as_novelty/,
  ],
  ["an input of an unknown kind", PROGRAM, '{"user_input": ', '{"thought": ', /an input of the kind thought/],
  ["an output of an unknown kind", PROGRAM, '{"user_output": ', '{"thought": ', /an output of the kind thought/],
  [
    "a graph of gradients",
    PROGRAM,
    '{"user_output": ',
    '{"gradient_to_parameter": ',
    /computes gradients.*model\.eval\(\)/,
  ],
  ["a parameter that changes", PROGRAM, '{"user_output": ', '{"parameter_mutation": ', /changes its own parameters/],
  [
    "a model that returns nothing",
    PROGRAM,
    '{"user_output": {"arg": {"as_tensor": {"name": "linear"}}}}',
    '{"user_output": {"arg": {"as_none": true}}}',
    /returns no tensor/,
  ],
])("%s is not supported", (_, member, before, after, feature) => {
  expectRefusal(() => loadBytes(edited(member, before, after)), "MODEL_UNSUPPORTED", feature);
});

test.each<[string, string, string, string, RegExp]>([
  [
    "a value that nothing makes",
    PROGRAM,
    '{"as_tensor": {"name": "p_bias"}}, "kind"',
    '{"as_tensor": {"name": "ghost"}}, "kind"',
    /ghost is used before it is made/,
  ],
  [
    "a value that is made twice",
    PROGRAM,
    '"outputs": [{"as_tensor": {"name": "linear"}}]',
    '"outputs": [{"as_tensor": {"name": "input"}}]',
    /input is made twice/,
  ],
  [
    "a value without a type",
    PROGRAM,
    '"tensor_values": {',
    '"tensor_values": {}, "other": {',
    /description should be an object/,
  ],
  ["a weight that is missing", WEIGHTS, '"bias": {', '"bias2": {', /the weight bias is missing/],
  ["a weight in no member", WEIGHTS, '"weight_1"', '"weight_7"', /no zip member data\/weights\/weight_7/],
  ["a weight outside the archive", WEIGHTS, '"weight_1"', '"../../../etc/passwd"', /no zip member/],
  ["a weight of another type", WEIGHTS, '"dtype": 7', '"dtype": 5', /reaches element 9 of a storage that holds 5/],
  [
    "a weight of another shape",
    WEIGHTS,
    '[{"as_int": 1}, {"as_int": 10}]',
    '[{"as_int": 1}, {"as_int": 5}]',
    /weight is float32 \[1, 5\], but the graph says/,
  ],
  [
    "a weight beyond its storage",
    WEIGHTS,
    '"storage_offset": {"as_int": 0}',
    '"storage_offset": {"as_int": 1}',
    /reaches element 10 of a storage that holds 10/,
  ],
  [
    "a weight of absurd strides",
    WEIGHTS,
    '{"as_int": 10}, {"as_int": 1}]',
    '{"as_int": 10}, {"as_int": 9007199254740991}]',
    /storage that holds 10 elements/,
  ],
  [
    "a weight of absurd sizes",
    WEIGHTS,
    '"sizes": [{"as_int": 1}',
    '"sizes": [{"as_int": 9223372036854775807}',
    /size should be an integer/,
  ],
  [
    "a weight of negative strides",
    WEIGHTS,
    '"strides": [{"as_int": 10}',
    '"strides": [{"as_int": -10}',
    /illegal shape or stride/,
  ],
  ["a weight of negative size", WEIGHTS, '"sizes": [{"as_int": 1}', '"sizes": [{"as_int": -1}', /a size is negative/],
  [
    "a weight of symbolic size",
    WEIGHTS,
    '"sizes": [{"as_int": 1}',
    '"sizes": [{"as_expr": {"expr_str": "s0", "hint": null}}',
    /symbolic size/,
  ],
  ["more sizes than strides", PROGRAM, '"strides": [{"as_int": 10}, ', '"strides": [', /more sizes than strides/],
  [
    "a union of two tags",
    PROGRAM,
    '{"as_tensor": {"name": "input"}}, "kind"',
    '{"as_tensor": {"name": "input"}, "as_int": 1}, "kind"',
    /exactly one tag/,
  ],
  [
    "a graph that is text",
    PROGRAM,
    '{"graph_module": {',
    '{"graph_module": "x", "other": {',
    /graph module should be an object, but is x/,
  ],
  [
    "nodes that are no list",
    PROGRAM,
    '"nodes": [',
    '"nodes": 5, "other": [',
    /nodes of the graph should be a list, but is 5/,
  ],
])("%s is damage", (_, member, before, after, problem) => {
  expectRefusal(() => loadBytes(edited(member, before, after)), "FILE_CORRUPT", problem);
});

test.each<[string, Readonly<Record<string, Uint8Array | string | undefined>>, RegExp]>([
  ["big-endian bytes", { byteorder: "big" }, /the byte order "big"/],
  [
    "several programs, none called model",
    { [PROGRAM]: undefined, "models/a.json": "{}", "models/b.json": "{}" },
    /several programs \(a, b\)/,
  ],
])("%s: not supported", (_, changes, feature) => {
  expectRefusal(() => loadBytes(withMembers(changes)), "MODEL_UNSUPPORTED", feature);
});

test("of several programs the one called model is taken", () => {
  expect(loadBytes(withMembers({ "models/other.json": "{}" })).graph.outputs).toHaveLength(1);
});

test("a file without a byte order is little-endian", () => {
  expect(loadBytes(withMembers({ byteorder: undefined })).graph.weights).toHaveLength(2);
});

test("the rank of a tensor is limited", () => {
  const sizes = (count: number) => `"sizes": [${'{"as_int": 1}, '.repeat(count)}{"as_int": 10}]`;
  const bytes = edited(WEIGHTS, sizes(1), sizes(100));
  expectRefusal(() => loadBytes(bytes), "LIMIT_EXCEEDED", "the limit tensorRank allows 64");
});

test("the size of a tensor is limited", () => {
  const sizes = (first: number) => `"sizes": [{"as_int": ${first}}, {"as_int": 10}]`;
  const bytes = edited(WEIGHTS, sizes(1), sizes(2 ** 40));
  expectRefusal(() => loadBytes(bytes), "LIMIT_EXCEEDED", "the limit tensorBytes allows 8589934592");
});

test("an empty member is a tensor of zeros, as PyTorch writes fake weights", () => {
  const { graph } = loadBytes(withMembers({ "data/weights/weight_0": "" }));
  expect(graph.weights[0]?.location).toMatchObject({ shape: [1, 10], strides: [0, 0], storage: { kind: "memory" } });
});

test("changes of inputs are not the caller's to see", () => {
  const output = '{"user_output": {"arg": {"as_tensor": {"name": "linear"}}}}';
  const mutation = '{"user_input_mutation": {"arg": {"as_tensor": {"name": "linear"}}, "user_input_name": "input"}}';
  const { graph } = loadBytes(edited(PROGRAM, output, `${mutation}, ${output}`));
  expect(graph.outputs.map(({ name }) => name)).toEqual(["output"]);
});

const LINEAR = '{"target": "torch.ops.aten.linear.default"';

function node(target: string, inputs: string, outputs: string): string {
  return `{"target": "${target}", "inputs": [${inputs}], "outputs": [${outputs}], "metadata": {}}`;
}

function argument(value: string): string {
  return `{"name": "", "arg": ${value}}`;
}

test.each(["true", "[]"])("results that PyTorch did not give keep their place: as_none %s", (none) => {
  const results = `{"as_none": ${none}}, {"as_tensor": {"name": "linear"}}, {"as_none": ${none}}`;
  const { graph } = loadBytes(
    edited(
      PROGRAM,
      '"outputs": [{"as_tensor": {"name": "linear"}}], "metadata"',
      `"outputs": [${results}], "metadata"`,
    ),
  );
  expect(graph.nodes[0]?.outputs.map((value) => value?.name)).toEqual([undefined, "linear", undefined]);
});

test("results in a list are results one by one", () => {
  const list = '"outputs": [{"as_tensors": [{"name": "linear"}, {"name": "p_other"}]}], "metadata"';
  const typed = replaced(
    membersOf("linear-2.13.pt2")[PROGRAM],
    '"tensor_values": {',
    '"tensor_values": {"p_other": {"dtype": 5, "sizes": [], "strides": [], "layout": 7}, ',
  );
  const members = {
    ...membersOf("linear-2.13.pt2"),
    [PROGRAM]: replaced(typed, '"outputs": [{"as_tensor": {"name": "linear"}}], "metadata"', list),
  };
  expect(loadBytes(zipOf(members)).graph.nodes[0]?.outputs.map((value) => value?.type.dtype)).toEqual([
    "float32",
    "int64",
  ]);
});

test("run-time assertions are dropped", () => {
  const assertion = node(
    "torch.ops.aten._assert_tensor_metadata.default",
    argument('{"as_tensor": {"name": "input"}}'),
    "",
  );
  const { graph } = loadBytes(edited(PROGRAM, LINEAR, `${assertion}, ${LINEAR}`));
  expect(graph.nodes.map(({ target }) => target)).toEqual(["aten.linear.default"]);
});

/** `relu(input)` inside autocast, its result unused. */
function autocast(enabled: boolean, operands: string): string {
  const meta = '{"dtype": 7, "sizes": [], "strides": [], "layout": 7, "storage_offset": {"as_int": 0}}';
  const inner = node(
    "torch.ops.aten.relu.default",
    '{"name": "self", "arg": {"as_tensor": {"name": "a"}}}',
    '{"as_tensor": {"name": "b"}}',
  );
  const graph = `{"inputs": [{"as_tensor": {"name": "a"}}], "outputs": [{"as_tensor": {"name": "b"}}], "nodes": [${inner}], "tensor_values": {"a": ${meta}, "b": ${meta}}}`;
  const args = [
    '{"as_string": "cpu"}',
    '{"as_none": true}',
    `{"as_bool": ${enabled}}`,
    '{"as_none": true}',
    `{"as_graph": {"name": "g", "graph": ${graph}}}`,
  ];
  return node("torch.ops.higher_order.wrap_with_autocast", [...args.map(argument), operands].join(", "), "");
}

test("autocast that is off is inlined, autocast that is on stays for lowering to report", () => {
  const operand = argument('{"as_tensor": {"name": "input"}}');
  const off = loadBytes(edited(PROGRAM, LINEAR, `${autocast(false, operand)}, ${LINEAR}`));
  expect(printGraph(off.graph)).toContain("%b: float32[] = aten.relu.default(self=%input)");
  const on = loadBytes(edited(PROGRAM, LINEAR, `${autocast(true, operand)}, ${LINEAR}`));
  expect(on.graph.nodes[0]?.target).toBe("higher_order.wrap_with_autocast");
  const unequal = edited(PROGRAM, LINEAR, `${autocast(false, `${operand}, ${operand}`)}, ${LINEAR}`);
  expectRefusal(() => loadBytes(unequal), "FILE_CORRUPT", "more inputs than operands or fewer");
});

test.each([
  ["absent", undefined],
  ["empty", ""],
])("a program whose sample inputs are %s runs without them", (_, samples) => {
  const program = loadBytes(withMembers({ "data/sample_inputs/model.pt": samples }));
  expect(program.sampleInputs).toBeUndefined();
});

test("sample inputs that are no plain tensors are left out; damaged ones are damage", () => {
  const pickled = (pickle: string): Members => ({ "data.pkl": Buffer.from(pickle, "latin1") });
  const samples = (pickle: string) => withMembers({ "data/sample_inputs/model.pt": zipOf(pickled(pickle)) });
  expect(loadBytes(samples("\x80\x02cos\nsystem\nX\x02\x00\x00\x00ls\x85R.")).sampleInputs).toBeUndefined();
  expect(loadBytes(samples("\x80\x02K\x01\x85}\x86.")).sampleInputs).toBeUndefined();
  expect(loadBytes(samples("\x80\x02N.")).sampleInputs).toBeUndefined();
  expectRefusal(() => loadBytes(samples("\x80\x02")), "FILE_CORRUPT", "cut short");
});

test("weights that ask for a call of the system are refused, and nothing is run", () => {
  const pickle = Buffer.from("\x80\x02cposix\nsystem\nX\x02\x00\x00\x00ls\x85R.", "latin1");
  const bytes = withMembers({ "data/weights/model.pt": zipOf({ "data.pkl": pickle }) }, "mlp-2.8.pt2");
  const error = expectRefusal(() => loadBytes(bytes), "PICKLE_REFUSED", "posix.system");
  expect(error.details["file"]).toBe("test.pt2: data/weights/model.pt");
});

test("a message shows no control characters of the file, and no endless names", () => {
  const evil = `${"\\u001b[31m"}${"x".repeat(10_000)}`;
  const error = expectRefusal(
    () => loadBytes(edited(WEIGHTS, '"weight_1"', `"${evil}"`)),
    "FILE_CORRUPT",
    "no zip member",
  );
  expect(error.message.length).toBeLessThan(600);
  expect(error.message).not.toMatch(/\p{Cc}/u);
  const unknown = edited(PROGRAM, '{"user_output": ', `{"${evil}": `);
  expect(expectRefusal(() => loadBytes(unknown), "MODEL_UNSUPPORTED").message).not.toMatch(/\p{Cc}/u);
});

test("a model that changes its buffers is told to be exported for inference", () => {
  const { graph } = loadFile("stateful.pt2");
  expectRefusal(
    () => lower(normalize(graph)),
    "OPERATORS_UNSUPPORTED",
    /running statistics; export after model\.eval\(\)/,
  );
});
