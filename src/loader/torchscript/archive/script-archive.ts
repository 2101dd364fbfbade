import type { ScriptObject, ScriptValue, TracedValue } from "../objects/script-value.ts";
import type { ClassDefinition, FunctionDefinition } from "../syntax/ast.ts";

/** The classes and functions of an archive by qualified name. A file is parsed when something in it is asked for. */
export interface ScriptCode {
  /** Members of the archive that hold code. */
  readonly files: readonly string[];
  /** `__torch__.torch.nn.modules.linear.Linear`; undefined when the archive has no such class. */
  findClass(name: string): ClassDefinition | undefined;
  /** `__torch__.torch.nn.functional.relu`; undefined when the archive has no such function. */
  findFunction(name: string): FunctionDefinition | undefined;
}

/** What a TorchScript archive says. Nothing of it is executed; tensors are located, not read. */
export interface ScriptArchive {
  /** What messages call the file. */
  readonly file: string;
  /** The version of the archive's operators: 3 for torch 1.5, 10 for the newest. */
  readonly version: number;
  readonly root: ScriptObject;
  /** What the code calls `CONSTANTS.c0` and so on. */
  readonly constants: readonly ScriptValue[];
  readonly code: ScriptCode;
  /** Types of the example inputs of a traced module's methods, by the name of the method. */
  readonly tracedInputs: ReadonlyMap<string, readonly TracedValue[]>;
  /** Names of the files that the author put beside the model. */
  readonly extraFiles: readonly string[];
}
