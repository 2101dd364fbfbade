import { expect, test } from "vitest";
import { schemaCheck } from "../../src/container/index.ts";

const check = schemaCheck({
  type: "object",
  properties: {
    version_policy: { enum: ["latest", "all"] },
    limits: { type: "object", properties: { rows: { type: "integer", minimum: 1 } }, additionalProperties: false },
  },
  required: ["limits"],
  additionalProperties: false,
});

test("a value that fits has no problem", () => {
  expect(check({ limits: { rows: 3 }, version_policy: "all" }, "the file")).toBeUndefined();
});

test.each([
  [{}, "the file lacks limits"],
  [{ limits: { row: 1 } }, "limits of the file has the unknown key row; did you mean rows?"],
  [{ limits: { zzzzzz: 1 } }, "limits of the file has the unknown key zzzzzz; legal: rows"],
  [{ limits: { rows: 0 } }, "limits.rows of the file must be >= 1 but is 0"],
  [{ limits: { rows: 2n } }, "limits.rows of the file must be integer but is 2"],
  [{ limits: [] }, "limits of the file must be object"],
  [{ limits: {}, version_policy: "none" }, 'version_policy of the file must be one of latest, all but is "none"'],
])("what is wrong with %o is said with its place", (value, problem) => {
  expect(check(value, "the file")).toBe(problem);
});
