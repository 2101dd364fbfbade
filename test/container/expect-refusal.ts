import { expect } from "vitest";
import { type ErrorCode, RelayError } from "../../src/core/index.ts";

/** The RelayError that `action` throws; its code and its message must be as told. */
export function expectRefusal(action: () => unknown, code: ErrorCode, message: RegExp | string = ""): RelayError {
  let caught: unknown;
  try {
    action();
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeInstanceOf(RelayError);
  const error = caught as RelayError;
  expect({ code: error.code, message: error.message }).toEqual({ code, message: expect.stringMatching(message) });
  return error;
}
