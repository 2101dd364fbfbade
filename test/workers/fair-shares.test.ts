import { expect, test } from "vitest";
import { FairShares, Share } from "../../src/workers/fair-shares.ts";

/** Serves one at a time those who always wait again; each run takes `ms`. Returns how often each was served. */
function serveTurns(shares: readonly { share: Share; ms: number }[], turns: number): number[] {
  const fair = new FairShares();
  const served = shares.map(() => 0);
  const join = (i: number): void => {
    const { share, ms } = shares[i] as (typeof shares)[number];
    fair.wait(share, () => {
      served[i] = (served[i] ?? 0) + 1;
      fair.charge(share, ms);
      join(i);
    });
  };
  for (const i of shares.keys()) join(i);
  for (let turn = 0; turn < turns; turn++) {
    let isFree = true;
    fair.serve(() => {
      const canServe = isFree;
      isFree = false;
      return canServe;
    });
  }
  return served;
}

test("equal weights get equal time, however long their runs", () => {
  expect(
    serveTurns(
      [
        { share: new Share(1), ms: 1 },
        { share: new Share(1), ms: 4 },
      ],
      100,
    ),
  ).toEqual([80, 20]);
});

test("three times the weight is three times the time", () => {
  expect(
    serveTurns(
      [
        { share: new Share(1), ms: 2 },
        { share: new Share(3), ms: 2 },
      ],
      100,
    ),
  ).toEqual([25, 75]);
});

test("who was idle has saved nothing up", () => {
  const fair = new FairShares();
  const [busy, idle] = [new Share(1), new Share(1)];
  for (let run = 0; run < 1000; run++) fair.charge(busy, 1);
  fair.wait(idle, () => {});
  expect(idle.virtualMs).toBeGreaterThanOrEqual(busy.virtualMs - 1);
});

test("who has had more gives way to those who wait, but not to itself", () => {
  const fair = new FairShares();
  const [more, less] = [new Share(1), new Share(1)];
  fair.charge(more, 5);
  fair.wait(more, () => {});
  expect(fair.isBehind(more)).toBe(false);
  fair.wait(less, () => {});
  expect([fair.isBehind(more), fair.isBehind(less)]).toEqual([true, false]);
});
