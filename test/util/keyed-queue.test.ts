import { expect, test } from "vitest";
import { deferred, KeyedQueue } from "../../src/util/index.ts";

test("tasks of a key run one after another, also after one that fails; those of other keys beside them", async () => {
  const queue = new KeyedQueue();
  const gate = deferred<void>();
  const done: string[] = [];
  const first = queue.run("a", async () => {
    await gate.promise;
    done.push("a1");
    throw new Error("a1 failed");
  });
  const second = queue.run("a", async () => done.push("a2"));
  await queue.run("b", async () => done.push("b"));
  expect(done).toEqual(["b"]);
  gate.resolve();
  await expect(first).rejects.toThrow("a1 failed");
  await second;
  expect(done).toEqual(["b", "a1", "a2"]);
});
