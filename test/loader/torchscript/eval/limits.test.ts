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
