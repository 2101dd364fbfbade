import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MemorySource } from "../../../src/container/index.ts";
import { LIMITS, RelayError } from "../../../src/core/index.ts";
import { loadProgram } from "../../../src/loader/index.ts";
import { refusal } from "../../../src/loader/refusal.ts";
import type { ScriptArchive } from "../../../src/loader/torchscript/archive/script-archive.ts";
import type { ScriptValue } from "../../../src/loader/torchscript/objects/script-value.ts";
import { expectRefusal } from "../../container/expect-refusal.ts";
import * as p from "../pickle-text.ts";
import { type Members, zipOf } from "../programs.ts";
import { FOLDER, readBytes, readChanged, scriptMembers } from "./archives.ts";

/** Every class that the objects name is looked up, so that all their code is parsed. */
function visit(archive: ScriptArchive): number {
  const seen = new Set<ScriptValue>();
  const waiting: ScriptValue[] = [archive.root, ...archive.constants];
  for (let value = waiting.pop(); value; value = waiting.pop()) {
    if (seen.has(value)) continue;
    seen.add(value);
    if (value.kind === "object") {
      archive.code.findClass(value.className);
      waiting.push(...value.attributes.values());
    }
    if (value.kind === "list" || value.kind === "tuple") waiting.push(...value.items);
    if (value.kind === "dict") waiting.push(...value.entries.flat());
  }
  return seen.size;
}

/** Whether all of it could be read; whatever is thrown but a RelayError is the test's failure. */
function readsOrRefuses(read: () => ScriptArchive): boolean {
  try {
    visit(read());
    return true;
  } catch (caught) {
    const error = refusal("test.pt", caught);
    if (error instanceof RelayError) return false;
    throw error;
  }
}

const ARCHIVES = ["language.pt", "attributes.pt", "traced.pt"];

describe.each(ARCHIVES)("%s", (name) => {
  const whole = readFileSync(FOLDER + name);

  test("is read whole", () => {
    expect(readsOrRefuses(() => readBytes(whole))).toBe(true);
  });

  test("cut short anywhere is refused", () => {
    const lengths = Array.from({ length: 40 }, (_, i) => Math.floor((whole.length * i) / 40));
    for (const length of lengths) expect(readsOrRefuses(() => readBytes(whole.subarray(0, length)))).toBe(false);
  });

  test.each(["data.pkl", "constants.pkl", "code/__torch__.py"])(
    "with bytes of %s changed is read or refused",
    (member) => {
      const before = Buffer.from(scriptMembers(name)[member] ?? "");
      const change = fc.tuple(fc.nat(before.length - 1), fc.nat(255));
      fc.assert(
        fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
          const bytes = Uint8Array.from(before);
          for (const [at, value] of changes) bytes[at] = value;
          readsOrRefuses(() => readChanged(name, { [member]: bytes }));
        }),
        { numRuns: 200 },
      );
    },
  );
});

test("code with parts of it moved is read or refused", () => {
  const before = Buffer.from(scriptMembers("language.pt")["code/__torch__.py"] ?? "").toString();
  const tokens = before.split(/(?<=\W)|(?=\W)/);
  const place = fc.nat(tokens.length - 1);
  fc.assert(
    fc.property(fc.array(fc.tuple(place, place), { minLength: 1, maxLength: 5 }), (moves) => {
      const changed = [...tokens];
      for (const [from, to] of moves) changed[to] = tokens[from] ?? "";
      readsOrRefuses(() => readChanged("language.pt", { "code/__torch__.py": changed.join("") }));
    }),
    { numRuns: 300 },
  );
});

const CONSTANTS = p.pickle(p.tuple());
const CODE = "class M(Module):\n  pass\n";
const FLOATS = 12;

function archiveOf(object: string, constants: Uint8Array = CONSTANTS): Uint8Array {
  return zipOf({
    "data.pkl": p.pickle(object),
    "constants.pkl": constants,
    "data/0": new Uint8Array(FLOATS * 4),
    version: "3\n",
    "code/__torch__.py": CODE,
  });
}

/** An object of a class, with a state. */
function object(className: string, state: string): string {
  return `${p.global(className)})\x81${state}b`;
}

/** A module with one attribute. */
function moduleWith(value: string): Uint8Array {
  return archiveOf(object("__torch__.M", p.dict(p.text("x"), value)));
}

function attributeOf(bytes: Uint8Array): ScriptValue | undefined {
  return readBytes(bytes).root.attributes.get("x");
}

const PUT = "q\x01";
const GET = "h\x01";
const TAG = "torch.jit._pickle.restore_type_tag";

test("objects that hold themselves are read once", () => {
  const { root } = readBytes(archiveOf(`${p.global("__torch__.M")})\x81${PUT}${p.dict(p.text("x"), GET)}b`));
  expect(root.attributes.get("x")).toBe(root);
  const list = attributeOf(moduleWith(`]${PUT}${GET}a`));
  expect(list?.kind === "list" && list.items[0]).toBe(list);
  const tagged = attributeOf(moduleWith(p.call(TAG, `]${PUT}`, p.text("List[int]"))));
  expect(tagged).toMatchObject({ kind: "list", elementType: { name: "int" } });
});

/** A list that holds the next one twice, and so on. */
const DOUBLED = `]${Array.from(
  { length: 60 },
  (_, i) => `q${p.byte(i + 2)}0${p.list(`h${p.byte(i + 2)}`, `h${p.byte(i + 2)}`)}`,
).join("")}`;

test("what is shared many times over takes no more than it was written with", () => {
  expect(visit(readBytes(moduleWith(DOUBLED)))).toBeLessThan(100);
});

/** A traced archive with these inputs of its forward. */
function tracedWith(...inputs: readonly string[]): Members {
  const pickle = Buffer.from(`\x80\x02${p.dict(p.text("forward"), p.tuple(...inputs))}.`, "latin1");
  return { ...scriptMembers("mlp-2.13.pt"), "traced_inputs.pkl": pickle };
}

test("example inputs that share what they hold are read once; walked through, they are beyond the limit", () => {
  const bytes = zipOf(tracedWith(DOUBLED));
  expect(readBytes(bytes).tracedInputs.get("forward")).toHaveLength(1);
  expectRefusal(() => loadProgram(new MemorySource(bytes, "m.pt")), "LIMIT_EXCEEDED", /scriptSteps/);
});

test("example inputs that hold themselves are none", () => {
  expect(readBytes(zipOf(tracedWith(`]${PUT}${GET}a`))).tracedInputs.size).toBe(0);
});

test("integers and floats are told apart", () => {
  const float = Buffer.alloc(9, "G");
  float.writeDoubleBE(2, 1);
  expect(attributeOf(moduleWith(p.int(2)))).toEqual({ kind: "int", value: 2 });
  expect(attributeOf(moduleWith(float.toString("latin1")))).toEqual({ kind: "float", value: 2 });
});

test("a storage without elements needs no member", () => {
  const empty = p.tensor(p.storage("torch.FloatStorage", 0, "7"), 0, [0, 3], [3, 1]);
  expect(attributeOf(moduleWith(empty))).toMatchObject({ kind: "tensor", location: { shape: [0, 3] } });
});

test.each<[string, string, "FILE_CORRUPT" | "LIMIT_EXCEEDED" | "PICKLE_REFUSED" | "MODEL_UNSUPPORTED", RegExp]>([
  ["a call of a function", p.call("os.system", p.text("true")), "PICKLE_REFUSED", /os\.system/],
  ["an object of a class outside the code", object("os.popen", "}"), "PICKLE_REFUSED", /os\.popen/],
  ["an unknown function of TorchScript", p.call("torch.jit._pickle.other"), "PICKLE_REFUSED", /_pickle\.other/],
  ["a function as a value", p.global("torch.device"), "FILE_CORRUPT", /holds torch\.device as a value/],
  ["a class as a value", p.global("__torch__.M"), "FILE_CORRUPT", /holds __torch__\.M as a value/],
  ["a type tag that is no type", p.call(TAG, "]", p.text("List[")), "FILE_CORRUPT", /a type in a pickle line 1/],
  [
    "a type tag that nests without end",
    p.call(TAG, "]", p.longText(`${"List[".repeat(500)}int${"]".repeat(500)}`)),
    "LIMIT_EXCEEDED",
    /depth of an expression/,
  ],
  ["a type tag of a number", p.call(TAG, p.int(1), p.text("int")), "FILE_CORRUPT", /arguments that it does not take/],
  [
    "a complex number of integers",
    p.call("builtins.complex", p.int(1), p.int(2)),
    "FILE_CORRUPT",
    /arguments that it does not take/,
  ],
  ["a device of a number", p.call("torch.device", p.int(1)), "FILE_CORRUPT", /arguments that it does not take/],
  [
    "a list that is none",
    p.call("torch.jit._pickle.build_intlist", p.int(1)),
    "FILE_CORRUPT",
    /arguments that it does not take/,
  ],
  [
    "lists that nest without end",
    `${"(".repeat(1000)}${"l".repeat(1000)}`,
    "LIMIT_EXCEEDED",
    /depth of its objects is 201/,
  ],
  [
    "an attribute without a name",
    object("__torch__.M", p.dict(p.int(1), p.NONE)),
    "FILE_CORRUPT",
    /an attribute without a name/,
  ],
  [
    "a storage that is missing",
    p.tensor(p.storage("torch.FloatStorage", 3, "7"), 0, [3], [1]),
    "FILE_CORRUPT",
    /no zip member data\/7/,
  ],
  [
    "a storage of another size",
    p.tensor(p.storage("torch.FloatStorage", 3), 0, [3], [1]),
    "FILE_CORRUPT",
    /data\/0 is 48 bytes/,
  ],
  [
    "a tensor beyond its storage",
    p.tensor(p.storage("torch.FloatStorage", FLOATS), 0, [13], [1]),
    "FILE_CORRUPT",
    /reaches element 12/,
  ],
  [
    "a storage of an unknown type",
    p.tensor(p.storage("torch.OtherStorage", FLOATS), 0, [1], [1]),
    "PICKLE_REFUSED",
    /OtherStorage/,
  ],
])("%s is refused", (_, value, code, message) => {
  expectRefusal(() => readBytes(moduleWith(value)), code, message);
});

test("an archive whose root is no module, or whose constants are no tuple, is refused", () => {
  expectRefusal(() => readBytes(archiveOf(p.int(1))), "FILE_CORRUPT", /data\.pkl holds no module/);
  const root = object("__torch__.M", "}");
  expectRefusal(() => readBytes(archiveOf(root, p.pickle(p.int(1)))), "FILE_CORRUPT", /constants\.pkl holds no tuple/);
});

test("an archive without code is refused", () => {
  expectRefusal(
    () => readBytes(zipOf({ "data.pkl": "", "constants.pkl": "", version: "3" })),
    "FILE_CORRUPT",
    /has no code/,
  );
});

test("code that is no text, or too much of it, is refused when it is asked for", () => {
  const asked = (code: Uint8Array | string) => () => {
    const archive = readChanged("traced.pt", { "code/__torch__.py": code });
    try {
      archive.code.findClass("__torch__.Traced");
    } catch (error) {
      throw refusal("test.pt", error);
    }
  };
  expectRefusal(asked(Uint8Array.of(0xff)), "FILE_CORRUPT", /code\/__torch__\.py is no text in UTF-8/);
  expectRefusal(asked(new Uint8Array(LIMITS.scriptCodeBytes + 1)), "LIMIT_EXCEEDED", /scriptCodeBytes/);
});

test("an input that a module was traced with may be huge, for it has no data", () => {
  const shape = [60_000, 60_000, 60_000];
  const tensor = p.tensor(p.storage("torch.ByteStorage", 60_000), 0, shape, [0, 0, 1]);
  const inputs = p.pickle(
    p.dict(p.text("forward"), p.list(tensor), p.text("other"), p.list(object("__torch__.M", "}"))),
  );
  const { tracedInputs } = readChanged("traced.pt", { "traced_inputs.pkl": inputs });
  expect(tracedInputs).toEqual(new Map([["forward", [{ kind: "tensor", dtype: "uint8", shape }]]]));
});
