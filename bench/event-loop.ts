import { monitorEventLoopDelay } from "node:perf_hooks";
import { load } from "torchrelay";
import { atMost, closedLoop, type Measure, modelFile, rowOf } from "./measure.ts";

const NANOSECONDS_PER_MS = 1e6;

/** How late the event loop is while all workers are saturated; timers tick every millisecond. */
export async function eventLoop(): Promise<Measure[]> {
  await using model = await load(modelFile("resnet18"));
  const row = rowOf(model);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  await closedLoop(() => model.infer(row), 16, 1000);
  delay.enable();
  await closedLoop(() => model.infer(row), 16, 8000);
  delay.disable();
  // The histogram counts the time between ticks, of which the resolution itself is a part.
  return [
    { name: "event-loop delay while saturated, p50", value: delay.percentile(50) / NANOSECONDS_PER_MS - 1, unit: "ms" },
    atMost("event-loop delay while saturated, p99", delay.percentile(99) / NANOSECONDS_PER_MS - 1, "ms", 5),
  ];
}
