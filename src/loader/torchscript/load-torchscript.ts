import type { Program } from "../../graph/index.ts";
import { Unsupported } from "../refusal.ts";
import type { ScriptArchive } from "./archive/script-archive.ts";
import { InputMaker, type InputOptions, UNGIVEN } from "./eval/inputs.ts";
import { Interpreter } from "./eval/interpreter.ts";
import { ObjectTable } from "./eval/object-table.ts";
import { writeOutputs } from "./eval/outputs.ts";
import { Raised } from "./eval/raised.ts";
import { Session } from "./eval/session.ts";

export type { InputOptions as ScriptOptions, ScriptArgument } from "./eval/inputs.ts";

const CONTAINER = "TorchScript archive";

function evaluate(archive: ScriptArchive, options: InputOptions, isBatched: boolean): Program {
  const session = new Session(archive);
  const objects = new ObjectTable(session);
  const interpreter = new Interpreter(session, objects);
  objects.attach(interpreter);
  const { root } = objects;
  const forward = root.definition?.methods.get("forward");
  if (!forward) throw new Unsupported("a TorchScript module without forward", "give it a method called forward");
  const given = new InputMaker(session, options, isBatched).make(forward, archive.tracedInputs.get("forward"));
  const named = forward.parameters.slice(1).map(({ name }, i) => [name, given[i] ?? null] as const);
  const result = interpreter.method(root, "forward", [], new Map(named.filter(([, value]) => value !== UNGIVEN)));
  writeOutputs(session, result);
  const graph = session.scope.finish([]);
  const format = { container: CONTAINER, dialect: `version ${archive.version}` };
  return { graph, modules: objects.modules, format };
}

function attempt(archive: ScriptArchive, options: InputOptions, isBatched: boolean): Program {
  try {
    return evaluate(archive, options, isBatched);
  } catch (error) {
    if (!(error instanceof Raised)) throw error;
    throw new Unsupported(`a model that raises "${error.message}" for these inputs`, "give inputs that fit the model");
  }
}

/**
 * The program of a TorchScript archive: its forward is evaluated once, and what only the inputs decide becomes the graph.
 * A traced module is given the inputs that it was traced with, with any number of rows where its code allows that.
 * @throws Unsupported, Malformed, Excess, RelayError
 */
export function loadTorchScript(archive: ScriptArchive, options: InputOptions = {}): Program {
  const isTraced = options.inputs === undefined && archive.tracedInputs.has("forward");
  if (!isTraced) return attempt(archive, options, false);
  try {
    return attempt(archive, options, true);
  } catch (error) {
    if (error instanceof Unsupported) return attempt(archive, options, false);
    throw error;
  }
}
