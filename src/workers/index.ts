export { Share } from "./fair-shares.ts";
export type { WorkerHandle } from "./handle.ts";
export type { Lane, LaneReply, PlanViews, RunTiming } from "./lane.ts";
export { type FreeLane, noWorkers, WorkerPool } from "./pool.ts";
export { LANES_PER_WORKER, type LoadedModel, type ModelSource, type RunPlan, type RunThreads } from "./protocol.ts";
export { layOut, type Region, regionArray, regionBuffer, type SlabLayout, type TensorLayout } from "./slab.ts";
export { threadFile } from "./thread-file.ts";
