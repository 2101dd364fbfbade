import { expect, test } from "vitest";
import { Settle } from "../../src/server/repository/settle.ts";
import { ManualClock } from "../../src/util/index.ts";

function settling(): { clock: ManualClock; settle: Settle; firedMs: number[] } {
  const clock = new ManualClock();
  const firedMs: number[] = [];
  const settle = new Settle(() => firedMs.push(clock.now()), { quietMs: 10, maxMs: 100 }, clock);
  return { clock, settle, firedMs };
}

test("many pokes are one call, when they have ceased", () => {
  const { clock, settle, firedMs } = settling();
  for (let i = 0; i < 3; i++) {
    settle.poke();
    clock.advance(9);
  }
  expect(firedMs).toEqual([]);
  clock.advance(1000);
  expect(firedMs).toEqual([28]);
});

test("pokes that do not cease are a call now and then", () => {
  const { clock, settle, firedMs } = settling();
  for (let i = 0; i < 250; i++) {
    settle.poke();
    clock.advance(1);
  }
  expect(firedMs).toEqual([100, 200]);
  settle.close();
  clock.advance(1000);
  expect(firedMs).toEqual([100, 200]);
});
