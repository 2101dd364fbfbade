import { expect, test } from "vitest";
import { locationOf } from "../../src/cli/model-location.ts";

test("a path with a name before it is told from one without", () => {
  expect(locationOf("models/net.pt2")).toEqual({ path: "models/net.pt2" });
  expect(locationOf("net=/models/a=b")).toEqual({ name: "net", path: "/models/a=b" });
  expect(locationOf("my net v2=x")).toEqual({ name: "my net v2", path: "x" });
  for (const path of ["./a=b.pt2", "/a=b", "a\\b=c", "=x", "x="]) expect(locationOf(path)).toEqual({ path });
});
