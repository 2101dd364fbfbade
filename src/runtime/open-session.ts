import type { LoweredModel } from "../core/index.ts";
import type { SessionOptions, TensorBuffer } from "./backend.ts";
import { OrtBackend } from "./ort/index.ts";

/** A session of this thread alone; its runs block. For tools, tests and baselines; everything else goes through workers. */
export interface Session {
  run(inputs: readonly TensorBuffer[]): readonly TensorBuffer[];
  close(): void;
}

export function openSession(model: LoweredModel, options: SessionOptions = { intraOpThreads: 1 }): Session {
  const backend = new OrtBackend();
  const ref = backend.open(model, options);
  const handle = backend.attach(ref);
  return {
    run(inputs) {
      const binding = handle.bind(
        inputs,
        model.outputNames.map(() => undefined),
      );
      try {
        return binding.run();
      } finally {
        binding.close();
      }
    },
    close() {
      backend.releaseSync(ref);
      backend.close();
    },
  };
}
