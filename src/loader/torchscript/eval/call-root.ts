import { Unsupported } from "../../refusal.ts";
import type { FunctionDefinition } from "../syntax/ast.ts";
import { UNGIVEN } from "./inputs.ts";
import type { Interpreter } from "./interpreter.ts";
import { type EvalValue, type ObjectValue, TupleValue } from "./values.ts";

const NONE_NAMED: ReadonlyMap<string, EvalValue> = new Map();

/** The method of the root module that the model is. @throws Unsupported */
export function rootMethod({ definition }: ObjectValue, name: string): FunctionDefinition {
  const methods = definition?.methods ?? new Map<string, FunctionDefinition>();
  const method = methods.get(name);
  if (method) return method;
  const others = [...methods.keys()].filter((each) => !each.startsWith("__"));
  const [first] = others;
  throw new Unsupported(
    `a TorchScript module without ${name}`,
    first === undefined
      ? `give it a method called ${name}`
      : `it has ${others.join(", ")}: choose one, load(file, { method: "${first}" }), or --method ${first} on the command line`,
  );
}

/** What the hooks before forward make of its arguments. */
function hookedArguments(run: Interpreter, given: readonly EvalValue[]): readonly EvalValue[] {
  const { root } = run.objects;
  let args = given;
  for (const hook of root.definition?.preHooks ?? []) {
    const result = run.method(root, hook, [new TupleValue(args)], NONE_NAMED);
    if (result !== null) args = result instanceof TupleValue ? result.items : [result];
  }
  return args;
}

function hookedResult(run: Interpreter, args: readonly EvalValue[], returned: EvalValue): EvalValue {
  const { root } = run.objects;
  return (root.definition?.hooks ?? []).reduce(
    (result, hook) => run.method(root, hook, [new TupleValue(args), result], NONE_NAMED) ?? result,
    returned,
  );
}

function isHooked({ definition }: ObjectValue, { name }: FunctionDefinition): boolean {
  const hooks = [...(definition?.preHooks ?? []), ...(definition?.hooks ?? [])];
  return name === "forward" && hooks.length > 0;
}

/** Calls a method of the root module as PyTorch does: hooks run around forward. */
export function callRoot(run: Interpreter, method: FunctionDefinition, given: readonly EvalValue[]): EvalValue {
  const { root } = run.objects;
  if (isHooked(root, method)) {
    if (given.includes(UNGIVEN)) run.session.refuse("a hook around a call that leaves out arguments", "give them all");
    const args = hookedArguments(run, given);
    return hookedResult(run, args, run.method(root, method.name, args, NONE_NAMED));
  }
  const named = method.parameters.slice(1).map(({ name }, i) => [name, given[i] ?? null] as const);
  return run.method(root, method.name, [], new Map(named.filter(([, value]) => value !== UNGIVEN)));
}
