import { cpSync, mkdtempSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";

const ROOT = path.resolve(import.meta.dirname, "../..");

/** The built code in a folder of its own, where its threads do not find the runtime: each dies as it starts. */
async function stranded(): Promise<typeof import("../../dist/workers/index.js")> {
  const folder = mkdtempSync(path.join(tmpdir(), "torchrelay-stranded-"));
  for (const entry of ["dist", "package.json"]) {
    cpSync(path.join(ROOT, entry), path.join(folder, entry), { recursive: true });
  }
  symlinkSync(path.join(ROOT, "src"), path.join(folder, "src"));
  return await import(path.join(folder, "dist/workers/index.js"));
}

test("threads that cannot start are given up, and whoever waits for one is told", async () => {
  const { Share, WorkerPool } = await stranded();
  const pool = new WorkerPool(1);
  const share = new Share(1);
  const told = new Promise<void>((resolve) => pool.whenFree(share, resolve));
  await expect(pool.whenReady()).rejects.toMatchObject({ code: "WORKER_DIED" });
  await told;
  expect([pool.freeLanes(1, share), pool.freeLane(1), pool.replaced]).toEqual([1, undefined, 2]);
  await expect(
    pool.load({ kind: "path", path: "model.pt2" }, { threads: { small: 1, large: 1 } }),
  ).rejects.toMatchObject({
    code: "WORKER_DIED",
  });
  await pool.close();
});
