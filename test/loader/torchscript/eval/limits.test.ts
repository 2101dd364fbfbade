import { expect, test } from "vitest";
import { expectRefusal } from "../../../container/expect-refusal.ts";
import { archiveOf, loadScript } from "./programs.ts";

const RECURSIVE = ["  def again(self: __torch__.M, x: Tensor) -> Tensor:", "    return (self).again(x, )"];

const ENDLESS: readonly (readonly [string, readonly string[]])[] = [
  ["a loop without end", ["while True:", "  pass", "return x"]],
  ["a loop of many rounds that do nothing", ["for i in range(9223372036854775807):", "  pass", "return x"]],
  ["loops inside loops", ["for i in range(100000):", "  for j in range(100000):", "    k = j", "return x"]],
  ["a list of many items", ["a = torch.mul([1], 1000000000000)", "return x"]],
  ["a list that doubles", ["a = [1]", "for i in range(100):", "  a = torch.add(a, a)", "return x"]],
  ["a list that is added to itself", ["a = [1]", "for i in range(100):", "  torch.extend(a, a)", "return x"]],
  ["a text that doubles", ['a = "ab"', "for i in range(100):", "  a = torch.add(a, a)", "return x"]],
  ["a text many times", ['a = torch.mul("ab", 1000000000000)', "return x"]],
  ["a graph without end", ["y = x", "while True:", "  y = torch.add(y, 1)", "return y"]],
];

const LONG_TEXT = 's = torch.mul("a ", 400000)';
const LONG_LIST = "a = torch.mul([1], 800000)";
const MANY_KEYS = ["d = annotate(Dict[int, int], {})", "for i in range(60000):", "  torch._set_item(d, i, i)"];
const AGAIN = (line: string) => ["while True:", `  ${line}`, "return x"];

/** What is long is made within the limit, and then looked at as a whole again and again. */
const LOOKING: readonly (readonly [string, readonly string[]])[] = [
  ["a text that is put in small letters", [LONG_TEXT, ...AGAIN("t = torch.lower(s)")]],
  ["a text that is searched", [LONG_TEXT, ...AGAIN('t = torch.find(s, "b")')]],
  ["a text that is sliced", [LONG_TEXT, ...AGAIN("t = torch.slice(s, 0, 700000, 1)")]],
  ["a text that is split", [LONG_TEXT, ...AGAIN("t = torch.split(s, None)")]],
  ["a text of which each letter becomes the text", [LONG_TEXT, 't = torch.replace(s, "a", s)', "return x"]],
  ["a text as a part of a list many times", [LONG_TEXT, 't = torch.join("", torch.mul([s], 100000))', "return x"]],
  ["a list that is searched", [LONG_LIST, ...AGAIN("t = torch.__contains__(a, 2)")]],
  ["a list that is added up", [LONG_LIST, ...AGAIN("t = torch.sum(a)")]],
  ["a list that is compared", [LONG_LIST, "b = torch.copy(a)", ...AGAIN("t = torch.eq(a, b)")]],
  ["a list of which the type is asked for", [LONG_LIST, ...AGAIN("t = isinstance(a, List[int])")]],
  [
    "a list from which items are taken at the front",
    [LONG_LIST, "while True:", "  t = torch.pop(a, 0)", "  _0 = torch.insert(a, 0, t)", "return x"],
  ],
  ["a list that becomes a text", [LONG_LIST, ...AGAIN("t = torch.str(a)")]],
  ["a dict that is copied", [...MANY_KEYS, ...AGAIN("t = torch.copy(d)")]],
  ["a dict of which the entries are listed", [...MANY_KEYS, ...AGAIN("t = torch.items(d)")]],
  ["a long tuple", AGAIN(`t = (${"1, ".repeat(50_000)})`)],
  ["a long dict", AGAIN(`t = {${Array.from({ length: 50_000 }, (_, i) => `${i}: 1`).join(", ")}}`)],
  ["a call of many arguments", AGAIN(`t = torch.format("a"${", 1".repeat(50_000)})`)],
  ["pieces of a tensor", ["y = torch.zeros([60000])", ...AGAIN("t = torch.split(y, 1)")]],
];

test.each(LOOKING)("%s: the evaluation ends", (_, body) => {
  expectRefusal(() => loadScript(archiveOf("x: Tensor", body), ["x:float32[2]"]), "LIMIT_EXCEEDED", /scriptSteps/);
});

test("sizes that grow by an expression in every round end the evaluation", () => {
  const body = ["y = x", "while True:", "  y = torch.slice(y, 0, 1, torch.sub(torch.size(y, 0), 1))", "return y"];
  expectRefusal(() => loadScript(archiveOf("x: Tensor", body), ["x:float32[n]"]), "LIMIT_EXCEEDED", /scriptSteps/);
});

const DOUBLED = ["a = (x,)", "b = (x,)", "for i in range(80):", "  a, b = (a, a), (b, b)"];

const DOUBLED_LIST = ["a = [1]", "for i in range(80):", "  a = [a, a]"];

/** Two that hold the next two times, and so on, are few; walked through one by one they are without end. */
const DOUBLING: readonly (readonly [string, readonly string[]])[] = [
  ["returned", [...DOUBLED, "return a"]],
  ["compared", [...DOUBLED, "t = torch.eq(a, b)", "return x"]],
  ["as a text", [...DOUBLED, "t = torch.str(a)", "return x"]],
  ["in a message", [...DOUBLED_LIST, 't = torch.format("{}", a)', "return x"]],
  ["in branches", [...DOUBLED, "if bool(torch.gt(torch.sum(x), 0)):", "  c = a", "else:", "  c = (b, b)", "return x"]],
  ["in a loop on data", [...DOUBLED, "while bool(torch.gt(torch.sum(x), 0)):", "  a = a", "return x"]],
  ["as the data of a tensor", [...DOUBLED_LIST, "return torch.tensor(a)"]],
  ["as state", [...DOUBLED, "self.state = a", "return x"]],
];

test.each(DOUBLING)("containers that hold containers twice, %s: the evaluation ends", (_, body) => {
  expectRefusal(() => loadScript(archiveOf("x: Tensor", body), ["x:float32[2]"]), "LIMIT_EXCEEDED", /scriptSteps/);
});

test("containers that hold containers twice are told in short by a refusal", () => {
  const archive = archiveOf("x: Tensor", [...DOUBLED, "return torch.linear(a, x)"]);
  expectRefusal(() => loadScript(archive, ["x:float32[2]"]), "MODEL_UNSUPPORTED", /aten::linear with \(Tuple\[.*…/);
});

test("tensors beyond what PyTorch may have are refused", () => {
  const load = (line: string) => () => loadScript(archiveOf("x: Tensor", [line]), ["x:float32[2]"]);
  expectRefusal(
    load("return torch.zeros([1000000, 1000000])"),
    "LIMIT_EXCEEDED",
    /size of a tensor in bytes.*tensorBytes/,
  );
  expectRefusal(load("return torch.zeros(torch.mul([1], 65))"), "LIMIT_EXCEEDED", /rank of a tensor is 65.*tensorRank/);
});

test("long lists are sorted, and long texts are read", () => {
  const body = [
    "a = torch.mul([2, 1], 100000)",
    "torch.sort(a, False)",
    `s = "${"b\\n".repeat(2_000_000)}"`,
    "return torch.mul(x, torch.add(a[0], torch.len(s)))",
  ];
  const program = loadScript(archiveOf("x: Tensor", body), ["x:float32[2]"]);
  expect(program.graph.nodes.at(-1)?.args["other"]).toBe(4_000_001);
});

test.each(ENDLESS)("%s ends the evaluation", (_, body) => {
  const archive = archiveOf("x: Tensor", body);
  const error = expectRefusal(() => loadScript(archive, ["x:float32[2]"]), "LIMIT_EXCEEDED", /scriptSteps/);
  expect(error.details["limit"]).toBe("scriptSteps");
});

test("a method that calls itself without end is refused", () => {
  const archive = archiveOf("x: Tensor", ["return (self).again(x, )"], RECURSIVE);
  expectRefusal(() => loadScript(archive, ["x:float32[2]"]), "LIMIT_EXCEEDED", /depth of calls.*scriptDepth/);
});

const SELF_HOLDING: readonly (readonly [string, readonly string[]])[] = [
  ["a list that holds itself is returned", ["a = [x]", "_0 = torch.append(a, a)", "return a"]],
  ["a list of great depth is returned", ["a = [x]", "for i in range(100000):", "  a = [a]", "return a"]],
];

test.each(SELF_HOLDING)("%s: the evaluation ends", (_, body) => {
  const archive = archiveOf("x: Tensor", body);
  expectRefusal(() => loadScript(archive, ["x:float32[2]"]), "LIMIT_EXCEEDED", /scriptDepth/);
});

test("sizes that multiply in every round stay of bounded length", () => {
  const body = ["y = x", "for i in range(200):", "  y = torch.repeat(y, [torch.size(y, 0)])", "return y"];
  expect(() => loadScript(archiveOf("x: Tensor", body), ["x:float32[n]"])).not.toThrow();
});
