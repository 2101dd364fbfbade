import { expect, test } from "vitest";
import { RelayError } from "../../src/core/index.ts";
import { errorAnswer } from "../../src/server/error-answer.ts";

function textOf(error: RelayError): string {
  return (JSON.parse(String(errorAnswer(error).body)) as { error: string }).error;
}

test("an answer has the status, the code and the words of its error", () => {
  const answer = errorAnswer(new RelayError("OUTPUT_NAME", { given: "z", legal: "y" }));
  expect(answer.status).toBe(400);
  expect(answer.body).toBe('{"error":"outputs are z; the model gives y","code":"OUTPUT_NAME"}');
});

test("failures of the server's own show neither its folders nor its stack", () => {
  const reasons = [
    "cannot open /srv/models/secret/model.onnx_data",
    "cannot open C:\\models\\secret\\model.onnx_data",
    "cannot open file:///srv/models/secret/model.onnx_data",
    "cannot open model.onnx_data\n    at open (/srv/secret/ort.js:1:1)",
  ];
  for (const reason of reasons) {
    expect(textOf(new RelayError("RUN_FAILED", { reason }))).toBe(
      "the model failed while running: cannot open model.onnx_data",
    );
  }
});

test("what a client has written comes back cut short", () => {
  const problem = "name ".repeat(100_000);
  expect(textOf(new RelayError("REQUEST_INVALID", { problem })).length).toBeLessThan(3000);
});

test("a time to wait is told in whole seconds, rounded up", () => {
  const error = new RelayError("QUEUE_FULL", { queued: 1, capacity: 1, retryAfterMs: 1001 });
  expect(errorAnswer(error).headers["retry-after"]).toBe("2");
});
