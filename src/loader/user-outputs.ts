import type { JsonValue } from "../container/index.ts";
import { asObject, asString, asUnion } from "./json-fields.ts";
import { EXPORT_WITH_KNOWN, Unsupported } from "./refusal.ts";

const TRAINING = "a graph that computes gradients";
const EXPORT_FOR_INFERENCE = "call model.eval() before torch.export.export";

/** What becomes of an output: kept, dropped, or the reason to refuse the model. */
type Fate = "keep" | "drop" | { readonly refuse: string };

const FATES: ReadonlyMap<string, Fate> = new Map<string, Fate>([
  ["user_output", "keep"],
  ["user_input_mutation", "drop"],
  ["token", "drop"],
  ["buffer_mutation", "drop"],
  ["parameter_mutation", { refuse: "a model whose forward pass changes its own parameters" }],
  ["loss_output", { refuse: TRAINING }],
  ["gradient_to_parameter", { refuse: TRAINING }],
  ["gradient_to_user_input", { refuse: TRAINING }],
]);

/** The arguments that the model returns to its caller, constants included. @throws Unsupported, Malformed */
export function userOutputs(specs: readonly JsonValue[]): readonly JsonValue[] {
  return specs.flatMap((spec) => {
    const [tag, payload] = asUnion(spec, "an output");
    const fate = FATES.get(tag);
    if (fate === undefined) throw new Unsupported(`an output of the kind ${tag}`, EXPORT_WITH_KNOWN);
    if (typeof fate === "object") throw new Unsupported(fate.refuse, EXPORT_FOR_INFERENCE);
    return fate === "keep" ? [asObject(payload, "an output")["arg"] ?? null] : [];
  });
}

/** A buffer that the functional graph of a forward pass leaves changed, and what it holds then. */
export interface BufferMutation {
  readonly name: string;
  readonly arg: JsonValue;
}

export function bufferMutations(specs: readonly JsonValue[]): readonly BufferMutation[] {
  return specs.flatMap((spec) => {
    const [tag, payload] = asUnion(spec, "an output");
    if (tag !== "buffer_mutation") return [];
    const { arg, buffer_name: name } = asObject(payload, "an output");
    return [{ name: asString(name, "the name of a buffer"), arg: { as_tensor: arg ?? null } }];
  });
}

/** The names in order, each numbered if it was there before. */
export function uniqueNames(names: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  const counts = new Map<string, number>();
  return names.map((name) => {
    let candidate = name;
    let count = counts.get(name) ?? 0;
    while (taken.has(candidate)) candidate = `${name}_${++count}`;
    counts.set(name, count);
    taken.add(candidate);
    return candidate;
  });
}
