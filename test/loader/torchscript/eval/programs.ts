import { MemorySource } from "../../../../src/container/index.ts";
import { parseTensorSpec } from "../../../../src/core/index.ts";
import { normalize, type Program } from "../../../../src/graph/index.ts";
import { loadProgram, type ScriptOptions } from "../../../../src/loader/index.ts";
import { zipOf } from "../../programs.ts";

/** A module of the class `__torch__.M` without attributes, and an empty table of constants. */
const MODULE = "\x80\x02c__torch__\nM\n)\x81}b.";
const NO_CONSTANTS = "\x80\x02).";

const HEAD = "class M(Module):\n  __parameters__ = []\n  __buffers__ = []\n";

/** The archive of a module with these lines as the body of its forward, and more code after it. */
export function archiveOf(
  parameters: string,
  body: readonly string[],
  more: readonly string[] = [],
  version = 10,
): Uint8Array {
  const lines = body.map((line) => `    ${line}\n`).join("");
  const forward = `  def forward(self: __torch__.M${parameters === "" ? "" : `, ${parameters}`}) -> Tensor:\n${lines}`;
  const rest = more.map((line) => `${line}\n`).join("");
  return zipOf({
    "m/data.pkl": Buffer.from(MODULE, "latin1"),
    "m/constants.pkl": Buffer.from(NO_CONSTANTS, "latin1"),
    "m/code/__torch__.py": HEAD + forward + rest,
    "m/version": `${version}\n`,
  });
}

export function loadScript(
  bytes: Uint8Array,
  inputs: readonly string[] = [],
  plain?: ScriptOptions["arguments"],
): Program {
  const specs = inputs.map((text) => parseTensorSpec(text));
  return loadProgram(new MemorySource(bytes, "m.pt"), {
    ...(specs.length > 0 && { inputs: specs }),
    ...(plain && { arguments: plain }),
  });
}

/** The targets of the normalised graph, in order. */
export function targetsOf(program: Program): readonly string[] {
  return normalize(program.graph).nodes.map(({ target }) => target);
}
