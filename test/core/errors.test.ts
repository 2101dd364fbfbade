import { expect, test } from "vitest";
import { errorData, RelayError, reviveError } from "../../src/core/index.ts";

test("an error says its fields and keeps them", () => {
  const error = new RelayError("INPUT_DTYPE", { name: "x", given: "int32", legal: "float32" });
  expect(error.message).toBe("input x is int32; the model takes float32");
  expect(error).toMatchObject({
    code: "INPUT_DTYPE",
    details: { name: "x" },
    httpStatus: 400,
    grpcStatus: "INVALID_ARGUMENT",
  });
});

test("errors cross threads as data", () => {
  const error = new RelayError("WORKER_DIED", { worker: 1, reason: "out of memory" });
  const revived = reviveError(structuredClone(errorData(error)));
  expect(revived).toBeInstanceOf(RelayError);
  expect(revived).toMatchObject({ code: error.code, message: error.message, details: error.details });
});

test("an error that is none of ours becomes a failed run with its stack", () => {
  expect(reviveError(errorData(new TypeError("no such thing")))).toMatchObject({ code: "RUN_FAILED" });
  expect(reviveError(errorData(new TypeError("no such thing"))).message).toContain("TypeError: no such thing");
});
