import { expect, test } from "vitest";
import { MemorySource } from "../../../../src/container/index.ts";
import { parseTensorSpec } from "../../../../src/core/index.ts";
import { loadProgram } from "../../../../src/loader/index.ts";
import { expectRefusal } from "../../../container/expect-refusal.ts";
import { archiveOf, loadScript, targetsOf } from "./programs.ts";

const X = ["x:float32[b,4]"];

const REFUSED: readonly (readonly [string, readonly string[], RegExp])[] = [
  [
    "an operator that is not known, with where it is called",
    ["return torch.frobnicate(x)"],
    /the operator aten::frobnicate \(__torch__\.py:5\) is not supported/,
  ],
  [
    "an operator of quantised models, with what to do",
    ["return ops.quantized.linear_dynamic(x, x, True)"],
    /quantized::linear_dynamic .*save the model before it is quantised/,
  ],
  [
    "a model that is tied to a library, with what to do",
    ["return torch.to_dense(torch.to_mkldnn(x), None)"],
    /aten::to_mkldnn .*save the model before torch\.jit\.optimize_for_inference/,
  ],
  [
    "a call that fits no overload, with the kinds of its arguments",
    ['return torch.linear(x, "w", 2)'],
    /a call of aten::linear with \(Tensor, str, int\) \(__torch__\.py:5\)/,
  ],
  [
    "a call that PyTorch refuses",
    ["return torch.matmul(x, torch.ones([3, 3]))"],
    /a call of aten\.matmul.*PyTorch refuses/,
  ],
  [
    "an exception that is always raised",
    ['ops.prim.RaiseException("no such mode")', "return x"],
    /raises "no such mode"/,
  ],
  ["a variable that is not set", ["return y"], /the variable y, which is not set/],
  ["an attribute that is not set", ["return self.weight"], /the attribute weight of __torch__\.M/],
  ["a method that is not there", ["return (self).run(x, )"], /the method run of __torch__\.M/],
  ["a function that is not there", ["return __torch__.helper(x, )"], /__torch__\.helper, which is not defined/],
  ["a constant that is not there", ["return torch.add(x, CONSTANTS.c3)"], /the constant 3/],
  ["an index beyond a list", ["a = [1, 2]", "return torch.add(x, a[2])"], /index 2 of a sequence of 2/],
  ["a key that a dict lacks", ['a = {"k": 1}', 'return torch.add(x, a["j"])'], /the key j of a dict/],
  ["a division by zero", ["return torch.add(x, torch.floordiv(1, 0))"], /a division by zero/],
  ["names that do not fit the values", ["a, b, = (x,)", "return a"], /2 names for 1 values/],
  ["a model without a tensor", ["return 3"], /a model that returns no tensor/],
  ["a complex number", ["return torch.mul(x, 1j)"], /a complex number/],
  [
    "a list that grows as often as data decide",
    [
      "a = annotate(List[Tensor], [])",
      "for i in range(torch.size(x, 0)):",
      "  _0 = torch.append(a, x)",
      "return torch.cat(a)",
    ],
    /a list, dict or object that changes in a loop that data end/,
  ],
  [
    "a branch that changes a tensor of which it uses another view",
    [
      "t = torch.mul(x, 1)",
      "v = torch.select(t, 0, 0)",
      "if bool(torch.gt(torch.sum(x), 0)):",
      "  _0 = torch.add_(t, 1)",
      "  w = torch.mul(v, 2)",
      "else:",
      "  w = torch.mul(v, 3)",
      "return torch.add(t, w)",
    ],
    /changes a tensor in place and uses another view of it/,
  ],
  [
    "a branch that changes a tensor and gives a view of it",
    [
      "t = torch.mul(x, 1)",
      "if bool(torch.gt(torch.sum(x), 0)):",
      "  _0 = torch.add_(t, 1)",
      "  w = torch.select(t, 0, 0)",
      "else:",
      "  w = torch.select(t, 0, 1)",
      "_1 = torch.mul_(w, 2)",
      "return torch.add(t, w)",
    ],
    /changes a tensor in place and gives a view of it/,
  ],
  [
    "a loop that changes a tensor of which it carries a view",
    [
      "t = torch.mul(x, 1)",
      "y = torch.select(t, 0, 0)",
      "for i in range(torch.size(x, 0)):",
      "  _0 = torch.add_(t, 1)",
      "  y = torch.mul(y, 2)",
      "return torch.add(t, y)",
    ],
    /changes a tensor in place and uses another view of it/,
  ],
  [
    "a branch that turns a tensor around in place",
    ["t = torch.mul(x, 1)", "if bool(torch.gt(torch.sum(x), 0)):", "  _0 = torch.t_(t)", "else:", "  pass", "return t"],
    /t_ in a branch or loop that data decide/,
  ],
  [
    "a value that two branches leave of different types",
    ["if bool(torch.gt(torch.sum(x), 0)):", "  y = x", "else:", "  y = torch.sum(x)", "return torch.add(y, 1)"],
    /a float32 tensor of \[b, 4\] in one branch and a float32 tensor of \[\] in another/,
  ],
  [
    "a list that two branches leave of different lengths",
    [
      "a = [x]",
      "if bool(torch.gt(torch.sum(x), 0)):",
      "  _0 = torch.append(a, x)",
      "else:",
      "  pass",
      "return torch.cat(a)",
    ],
    /a list that two branches change differently/,
  ],
];

test.each(REFUSED)("%s is refused", (_, body, message) => {
  expectRefusal(() => loadScript(archiveOf("x: Tensor", body), X), "MODEL_UNSUPPORTED", message);
});

test("an input that the file does not describe is asked for by name", () => {
  const archive = archiveOf("x: Tensor, n: int", ["return torch.add(x, n)"]);
  expectRefusal(() => loadScript(archive), "MODEL_UNSUPPORTED", /the shape of the tensor x .*--input-spec 'x:/);
  expectRefusal(() => loadScript(archive, X), "MODEL_UNSUPPORTED", /the value of n \(int\) .*--argument n=VALUE/);
  expect(targetsOf(loadScript(archive, X, { n: 2 }))).toEqual(["aten.add.Scalar"]);
});

const METHODS = ["  def encode(self: __torch__.M, x: Tensor) -> Tensor:", "    return torch.neg(x)"];

test("a method may be chosen; one that is not there is refused with those that are", () => {
  const archive = archiveOf("x: Tensor", ["return x"], METHODS);
  const specs = { inputs: X.map((text) => parseTensorSpec(text)) };
  const loaded = (method: string) => loadProgram(new MemorySource(archive, "m.pt"), { ...specs, method });
  expect(targetsOf(loaded("encode"))).toEqual(["aten.neg.default"]);
  expectRefusal(
    () => loaded("decode"),
    "MODEL_UNSUPPORTED",
    /without decode .*it has forward, encode: choose one, .*method: "forward".* --method forward/,
  );
});

test("all that the file does not tell is asked for at once", () => {
  const archive = archiveOf(
    "x: Tensor, pairs: List[Tuple[Tensor, Tensor]], named: Optional[Dict[str, Tensor]], n: List[int]",
    ["return x"],
  );
  expectRefusal(
    () => loadScript(archive),
    "MODEL_UNSUPPORTED",
    /the shape of the tensor x, the shapes of the tensors in pairs \(List\[Tuple\[Tensor, Tensor\]\]\) and the value of n \(List\[int\]\) .*"pairs\.0\.1:.*arguments: { n: VALUE }.* --argument n=VALUE/,
  );
});

test("an input that forward does not take is refused", () => {
  const archive = archiveOf("x: Tensor", ["return x"]);
  expectRefusal(
    () => loadScript(archive, ["y:float32[2]"]),
    "MODEL_UNSUPPORTED",
    /an input called y .*forward takes x/,
  );
});

const OPEN: readonly (readonly [string, readonly string[], RegExp])[] = [
  [
    "a number of pieces",
    ["a, b, = torch.split(x, 2, 0)", "return torch.add(a, b)"],
    /aten\.split\.Tensor where the number of pieces of a tensor of shape \[b, 4\] is .*; give a number for b$/,
  ],
  [
    "a number of pieces that data decide",
    ["n = torch.nonzero(x)", "a, b, = torch.chunk(n, 2, 0)", "return torch.add(a, b)"],
    /aten\.chunk\.default where the number of pieces .* no shape of an input tells it/,
  ],
  [
    "an axis",
    ["return torch.sum(x, [torch.size(x, 0)])"],
    /aten\.sum\.dim_IntList where dim is computed by the model .*; give a number for b$/,
  ],
  [
    "a list of as many items",
    ["return torch.cat(torch.mul([x], torch.size(x, 0)))"],
    /a call of mul with a number that the inputs decide .*give the sizes of the inputs as numbers/,
  ],
];

test.each(OPEN)("%s of an open size is refused, with what to give", (_, body, message) => {
  expectRefusal(() => loadScript(archiveOf("x: Tensor", body), X), "MODEL_UNSUPPORTED", message);
});

test("pieces of which the number is the same for any size are taken", () => {
  const body = ["a, b, = torch.chunk(torch.cat([x, x]), 2, 0)", "return torch.add(a, b)"];
  expect(targetsOf(loadScript(archiveOf("x: Tensor", body), X))).toContain("aten.chunk.default");
});

test("a packed sequence is refused as what it is", () => {
  const body = [
    "data, sizes, = torch._pack_padded_sequence(x, y, True)",
    "z, _0, = torch._pad_packed_sequence(data, sizes, True, 0., torch.size(sizes, 0))",
    "return z",
  ];
  const archive = archiveOf("x: Tensor, y: Tensor", body);
  expectRefusal(
    () => loadScript(archive, ["x:float32[2,5,4]", "y:int64[2]"]),
    "MODEL_UNSUPPORTED",
    /a packed sequence .*call the layer with the padded tensor itself/,
  );
});

test("what is refused of another method than forward is told by its name", () => {
  const none = ["  def encode(self: __torch__.M, x: Tensor) -> int:", "    return 3"];
  const specs = { inputs: X.map((text) => parseTensorSpec(text)), method: "encode" };
  const archive = archiveOf("x: Tensor", ["return x"], none);
  expectRefusal(
    () => loadProgram(new MemorySource(archive, "m.pt"), specs),
    "MODEL_UNSUPPORTED",
    /returns no tensor .*let encode return one/,
  );
});

test("symbolic sizes that have to be equal are told", () => {
  const archive = archiveOf("x: Tensor, y: Tensor", ["return torch.matmul(x, y)"]);
  const inputs = ["x:float32[a,b]", "y:float32[c,d]"];
  expectRefusal(
    () => loadScript(archive, inputs),
    "MODEL_UNSUPPORTED",
    /needs the sizes b and c to be equal .*give them one name, or numbers/,
  );
});
