import { LIMITS } from "../../core/index.ts";
import type { Program } from "../../graph/index.ts";
import { Excess, Unsupported } from "../refusal.ts";
import type { ScriptArchive } from "./archive/script-archive.ts";
import { callRoot, rootMethod } from "./eval/call-root.ts";
import { InputMaker, type InputOptions } from "./eval/inputs.ts";
import { Interpreter } from "./eval/interpreter.ts";
import { ObjectTable } from "./eval/object-table.ts";
import { writeOutputs } from "./eval/outputs.ts";
import { Raised } from "./eval/raised.ts";
import { Session } from "./eval/session.ts";
import {
  changedAttributes,
  enterState,
  isSameState,
  leaveState,
  NO_STATE,
  type State,
  stateAfter,
} from "./eval/state.ts";

export type { InputOptions as ScriptOptions, ScriptArgument } from "./eval/inputs.ts";

/** The attributes that forward changes settle after a few calls, or they never do. */
const MAX_CALLS = 5;

interface Evaluation {
  readonly program: Program;
  /** What the attributes hold after the call. */
  readonly after: State;
}

function evaluate(archive: ScriptArchive, options: InputOptions, isBatched: boolean, state: State): Evaluation {
  const { method: name = "forward" } = options;
  const session = new Session(archive, name);
  const objects = new ObjectTable(session);
  const interpreter = new Interpreter(session, objects);
  objects.attach(interpreter);
  const { root } = objects;
  const method = rootMethod(root, name);
  const given = new InputMaker(session, options, isBatched).make(method, archive.tracedInputs.get(method.name));
  const passed = enterState(session, objects, state);
  const { result, before } = session.journal.watch(() => callRoot(interpreter, method, given));
  const after = stateAfter(session, changedAttributes(session, objects, before), state);
  const names = [...passed.values()].map(({ name }) => name);
  writeOutputs(session, result, names);
  leaveState(session, root, state, passed);
  const format = { container: `TorchScript archive, file version ${archive.version}` };
  return { program: { graph: session.scope.finish([]), modules: objects.modules, format }, after };
}

/** Calls forward until the attributes that it changes are of the same types before and after. */
function evaluateSteady(archive: ScriptArchive, options: InputOptions, isBatched: boolean): Program {
  let state = NO_STATE;
  for (let call = 0; call < MAX_CALLS; call++) {
    const { program, after } = evaluate(archive, options, isBatched, state);
    if (isSameState(state, after)) return program;
    state = after;
  }
  throw new Unsupported(
    "a model whose attributes are of other types after every call",
    `let ${options.method ?? "forward"} take its state and return it`,
  );
}

function attempt(archive: ScriptArchive, options: InputOptions, isBatched: boolean): Program {
  try {
    return evaluateSteady(archive, options, isBatched);
  } catch (error) {
    // A list that holds itself, or a nesting of such depth, ends the stack.
    if (error instanceof RangeError)
      throw new Excess("the nesting of its values", LIMITS.scriptDepth + 1, "scriptDepth");
    if (!(error instanceof Raised)) throw error;
    throw new Unsupported(`a model that raises "${error.message}" for these inputs`, "give inputs that fit the model");
  }
}

/**
 * The program of a TorchScript archive: its forward, or the method that is named, is evaluated once, and what only the inputs decide becomes the graph.
 * What forward changes in its module is an input and an output of the graph, by its path; the graph is that of a call
 * after the first. A traced module is given the inputs that it was traced with, with any number of rows where its code allows that.
 * @throws Unsupported, Malformed, Excess, RelayError
 */
export function loadTorchScript(archive: ScriptArchive, options: InputOptions = {}): Program {
  const isTraced = options.inputs === undefined && archive.tracedInputs.has(options.method ?? "forward");
  if (!isTraced) return attempt(archive, options, false);
  try {
    return { ...attempt(archive, options, true), atTracedSizes: () => attempt(archive, options, false) };
  } catch (error) {
    if (error instanceof Unsupported) return attempt(archive, options, false);
    throw error;
  }
}
