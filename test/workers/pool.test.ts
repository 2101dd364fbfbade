import { expect, test } from "vitest";
import { Share, WorkerPool } from "../../src/workers/index.ts";

/** The script of the workers exists only once it is built: run from the sources, every thread dies as it starts. */
test("threads that cannot start are given up, and whoever waits for one is told", async () => {
  const pool = new WorkerPool(1);
  const share = new Share(1);
  const told = new Promise<void>((resolve) => pool.whenFree(share, resolve));
  await expect(pool.whenReady()).rejects.toMatchObject({ code: "WORKER_DIED" });
  await told;
  expect([pool.freeLanes(1, share), pool.freeLane(1), pool.replaced]).toEqual([1, undefined, 2]);
  await expect(pool.load({ kind: "path", path: "model.pt2" }, { intraOpThreads: 1 })).rejects.toMatchObject({
    code: "WORKER_DIED",
  });
  await pool.close();
});
