import { LIMITS } from "../core/index.ts";
import { OutOfBoundsError } from "../util/index.ts";
import { PickleMachine, type PickleOptions } from "./pickle-machine.ts";
import { PICKLE_OPCODES } from "./pickle-opcodes.ts";
import type { PickleValue } from "./pickle-values.ts";
import { checkLimit, corrupt } from "./refusals.ts";

export interface PickleResult {
  readonly value: PickleValue;
  /** The offset after the pickle: some formats have more behind it. */
  readonly end: number;
}

/**
 * Reads a pickle as inert data. Only the allow-listed globals have a meaning, and nothing of the file is ever run.
 * @throws RelayError PICKLE_REFUSED, FILE_CORRUPT, LIMIT_EXCEEDED, and whatever the caller's constructors throw
 */
export function readPickle(bytes: Uint8Array, options: PickleOptions): PickleResult {
  const { file, limits = LIMITS } = options;
  checkLimit(file, "the size of its pickle", bytes.length - (options.offset ?? 0), "pickleBytes", limits);
  const machine = new PickleMachine(bytes, options, limits);
  try {
    for (let count = 1; !machine.isStopped; count++) {
      checkLimit(file, "the number of opcodes of its pickle", count, "pickleOpcodes", limits);
      step(machine);
    }
    return { value: machine.pop(), end: machine.reader.offset };
  } catch (cause) {
    if (cause instanceof OutOfBoundsError) throw corrupt(file, "its pickle is cut short", cause);
    throw cause;
  }
}

function step(machine: PickleMachine): void {
  const code = machine.reader.uint8();
  const opcode = PICKLE_OPCODES.get(code);
  if (!opcode) throw machine.corrupt(`has an unknown opcode 0x${code.toString(16)}`);
  if (!opcode.run) throw machine.refuse(`the opcode ${opcode.name}`);
  opcode.run(machine);
}
