import type { JsonObject, JsonValue } from "../container/index.ts";
import type { ModuleInfo, Origin } from "../graph/index.ts";
import { isObject } from "./json-fields.ts";

const FRAME = /File "([^"\n]*)", line (\d+)/g;
const INSIDE_TORCH =
  /^<eval_with_key>|(site|dist)-packages[\\/]torch[\\/]|(^|[\\/])torch[\\/](nn|fx|utils|export|_\w+|functional\.py)/;

/** `file.py:12` of the innermost frame that is not PyTorch's own. */
function sourceLine(stackTrace: JsonValue | undefined): string | undefined {
  if (typeof stackTrace !== "string") return undefined;
  const frame = [...stackTrace.matchAll(FRAME)].findLast(([, file = ""]) => !INSIDE_TORCH.test(file));
  return frame && `${frame[1]?.split(/[\\/]/).at(-1)}:${frame[2]}`;
}

/** What PyTorch writes for nodes that no module made. */
const NO_MODULE = "_empty_nn_module_stack_from_metadata_hook";
const MODULE = /^[^,]*,(.*),([^,]*)$/;

/** An entry of nn_module_stack, `key,path,package.Class`; a module that is called again has `@1` after its path. */
function readModule(entry: string): ModuleInfo | undefined {
  const [, path, type] = MODULE.exec(entry) ?? [];
  if (path === undefined || type === undefined || type === NO_MODULE) return undefined;
  return { path: path.replace(/@\d+$/, ""), type: type.split(".").at(-1) ?? type };
}

/** Reads where nodes come from, and gathers on the way the modules that the program is made of. */
export class OriginReader {
  readonly #modules = new Map<string, ModuleInfo>();
  readonly #pathByStack = new Map<string, string>();

  get modules(): readonly ModuleInfo[] {
    return [...this.#modules.values()];
  }

  /** The origin of a node by its metadata. */
  origin(metadata: JsonValue | undefined): Origin {
    const fields: JsonObject = isObject(metadata) ? metadata : {};
    const source = sourceLine(fields["stack_trace"]);
    return { modulePath: this.#modulePath(fields["nn_module_stack"]), ...(source !== undefined && { source }) };
  }

  #modulePath(stack: JsonValue | undefined): string {
    if (typeof stack !== "string" || stack === "") return "";
    const known = this.#pathByStack.get(stack);
    if (known !== undefined) return known;
    const modules = stack.split(";").flatMap((entry) => readModule(entry) ?? []);
    for (const module of modules) if (!this.#modules.has(module.path)) this.#modules.set(module.path, module);
    const path = modules.at(-1)?.path ?? "";
    this.#pathByStack.set(stack, path);
    return path;
  }
}
