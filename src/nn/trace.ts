import type { SymbolRange, TensorSpec } from "../core/index.ts";
import type { Program } from "../graph/index.ts";
import type { Forwarded, Module } from "./module.ts";
import { SymbolicTensor } from "./symbolic-tensor.ts";
import { Tracer } from "./tracer.ts";

export interface TraceOptions {
  /** The legal values of symbolic dimensions; from 1 without bound unless given. */
  readonly symbols?: Readonly<Record<string, SymbolRange>>;
}

/** `output` for one tensor, `output_0`, … for several, their own names for a record. */
function named(result: Forwarded): readonly (readonly [string, SymbolicTensor])[] {
  if (result instanceof SymbolicTensor) return [["output", result]];
  const named = Array.isArray(result)
    ? result.map((tensor, i) => [`output_${i}`, tensor] as const)
    : Object.entries(result);
  return named.filter((entry): entry is [string, SymbolicTensor] => entry[1] !== null);
}

/**
 * Runs the module's forward once on tensors without elements, and gives the graph that `torch.export` would make of it.
 * The weights are the module's own memory, not copies. Shapes may hold symbols: `[symbol("rows"), 10]`.
 * @throws RelayError INPUT_SHAPE, INPUT_DTYPE from a module that the inputs do not suit.
 */
export function trace(module: Module, inputs: readonly TensorSpec[], options: TraceOptions = {}): Program {
  const tracer = new Tracer(module, options.symbols ?? {});
  const result = module.forward(...inputs.map((spec) => tracer.input(spec)));
  for (const [name, tensor] of named(result)) tracer.output(name, tensor);
  const modules = [...module.namedModules()].map(([path, each]) => ({ path, type: each.constructor.name }));
  return { graph: tracer.build(), format: { container: "nn.Module" }, modules };
}
