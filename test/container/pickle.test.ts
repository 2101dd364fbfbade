import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  PICKLE_BUILTINS,
  PickleClass,
  PickleConstructor,
  PickleInstance,
  type PickleOptions,
  PickleTuple,
  type PickleValue,
  readPickle,
} from "../../src/container/index.ts";
import { LIMITS, RelayError } from "../../src/core/index.ts";
import { expectRefusal } from "./expect-refusal.ts";

interface Pickled {
  readonly name: string;
  readonly protocol: number;
  readonly hex: string;
  readonly value: unknown;
}

const fixture = JSON.parse(readFileSync("test/fixtures/pickle/pickles.json", "utf8")) as {
  readonly values: readonly Pickled[];
  readonly refused: readonly Pickled[];
  readonly cyclic: string;
};

const options: PickleOptions = { file: "test.pkl", globals: PICKLE_BUILTINS };

function read(bytes: Uint8Array | string, more: Partial<PickleOptions> = {}): PickleValue {
  return readPickle(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes, { ...options, ...more }).value;
}

/** As `described` in conformance/generate/container_fixtures.py. */
function describe(value: PickleValue): unknown {
  if (value instanceof PickleTuple) return { tuple: value.items.map(describe) };
  if (Array.isArray(value)) return { list: value.map(describe) };
  if (value instanceof Set) return { set: [...value].map(describe) };
  if (value instanceof Map) return { dict: [...value].map(([key, item]) => [describe(key), describe(item)]) };
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString("hex") };
  return typeof value === "bigint" ? { int: String(value) } : value;
}

test.each(fixture.values)("reads what Python wrote: $name, protocol $protocol", ({ hex, value }) => {
  expect(describe(read(Buffer.from(hex, "hex")))).toEqual(value);
});

test.each(fixture.refused)("refuses $name, protocol $protocol, and runs nothing", ({ hex }) => {
  const error = expectRefusal(() => read(Buffer.from(hex, "hex")), "PICKLE_REFUSED", "nothing was executed");
  expect(error.details["global"]).toMatch(/^((posix|nt|builtins|__builtin__|collections)\.\w+|the opcode \w+)$/);
  expect(existsSync("hacked")).toBe(false);
});

test("a value shared in the pickle is shared here", () => {
  const shared = fixture.values.find(({ name }) => name === "shared");
  const [first, second] = read(Buffer.from(shared?.hex ?? "", "hex")) as PickleValue[];
  expect(first).toBe(second);
});

test("a list that holds itself is read", () => {
  const list = read(Buffer.from(fixture.cyclic, "hex")) as PickleValue[];
  expect(list[0]).toBe(list);
});

test("pickles that follow one another are read one by one", () => {
  const bytes = Buffer.from("\x80\x02K\x01.\x80\x02K\x02.rest", "latin1");
  const first = readPickle(bytes, options);
  expect(first).toEqual({ value: 1, end: 5 });
  expect(readPickle(bytes, { ...options, offset: first.end })).toEqual({ value: 2, end: 10 });
});

test("the caller's globals and persistent ids decide what a pickle can name", () => {
  const globals = new Map<string, PickleValue>([
    [
      "here.pair",
      new PickleConstructor("here.pair", ([a, b, ...more]) => (more.length ? undefined : [a ?? 0, b ?? 0])),
    ],
    ["here.seven", 7],
  ]);
  expect(read("\x80\x02chere\npair\nchere\nseven\nK\x01\x86R.", { globals })).toEqual([7, 1]);
  expectRefusal(() => read("\x80\x02chere\npair\nK\x01K\x02K\x03\x87R.", { globals }), "FILE_CORRUPT", "does not take");
  expectRefusal(() => read("\x80\x02chere\nseven\n)R.", { globals }), "PICKLE_REFUSED", "a call of something");
  expectRefusal(() => read("\x80\x02chere\neight\n."), "PICKLE_REFUSED", "here.eight");
  expect(read("\x80\x02K\x05Q.", { persistent: (id) => [id] })).toEqual([5]);
  expectRefusal(() => read("\x80\x02K\x05Q."), "PICKLE_REFUSED", "a persistent id");
});

test("the state of a dict is left alone, the state of anything else is refused", () => {
  expect(read("\x80\x02}}b.")).toEqual(new Map());
  expectRefusal(() => read("\x80\x02]}b."), "PICKLE_REFUSED", "set the state");
});

test.each([
  ["nothing", "", "cut short"],
  ["no end", "\x80\x02K\x01", "cut short"],
  ["an unknown opcode", "\x80\x02\xff.", "unknown opcode 0xff"],
  ["protocol 6", "\x80\x06N.", "protocol 6"],
  ["an empty stack", "\x80\x02.", "takes more than it gave"],
  ["an empty memo", "\x80\x02h\x07.", "recalls 7"],
  ["a missing mark", "\x80\x02t.", "no mark"],
  ["a text beyond the end", "\x80\x02X\xff\xff\xff\x7fab.", "cut short"],
  ["a text of 2^64 bytes", "\x80\x02\x8d\xff\xff\xff\xff\xff\xff\xff\xffab.", "cut short"],
  ["a text of negative length", "\x80\x02T\xff\xff\xff\xffab.", "cut short"],
  ["an integer of negative length", "\x80\x02\x8b\xff\xff\xff\xff.", "integer of -1 bytes"],
  ["a huge integer", "\x80\x02\x8b\x00\x00\x10\x00.", "integer of 1048576 bytes"],
  ["a name without end", "\x80\x02cabc", "endless name"],
  ["appending to a dict", "\x80\x02}K\x01a.", "no list"],
  ["an odd number of dict items", "\x80\x02}(K\x01u.", "no dict"],
  ["adding to a list", "\x80\x02](K\x01\x90.", "no set"],
  ["a call without a tuple", "\x80\x02ccollections\nOrderedDict\nK\x01R.", "without a tuple"],
  ["a global named by numbers", "\x80\x04K\x01K\x02\x93.", "no string"],
])("refuses %s", (_, bytes, problem) => {
  expectRefusal(() => read(bytes), "FILE_CORRUPT", problem);
});

test("limits are named", () => {
  const limits = { ...LIMITS, pickleOpcodes: 100, pickleBytes: 1000 };
  expectRefusal(() => read(`\x80\x02${"}0".repeat(20)}N.`, { limits }), "LIMIT_EXCEEDED", "what its pickle builds");
  expectRefusal(() => read(`\x80\x02${"(".repeat(20)}.`, { limits }), "LIMIT_EXCEEDED", "what its pickle builds");
  expectRefusal(() => read(`\x80\x02${"N0".repeat(100)}N.`, { limits }), "LIMIT_EXCEEDED", "pickleOpcodes");
  expectRefusal(
    () => read(`\x80\x02T\xe8\x03\x00\x00${"x".repeat(1000)}.`, { limits }),
    "LIMIT_EXCEEDED",
    "pickleBytes",
  );
});

test("repeating a call on one large argument does not multiply memory", () => {
  const limits = { ...LIMITS, pickleBytes: 2000 };
  const text = `X\xf4\x01\x00\x00${"x".repeat(500)}q\x000`;
  const call = "c_codecs\nencode\nh\x00X\x06\x00\x00\x00latin1\x86R0";
  expectRefusal(
    () => read(`\x80\x02${text}${call.repeat(10)}N.`, { limits }),
    "LIMIT_EXCEEDED",
    "what its pickle builds",
  );
});

test("any bytes give a value or a RelayError", () => {
  const seeds = [...fixture.values, ...fixture.refused].map(({ hex }) => Buffer.from(hex, "hex"));
  const change = fc.tuple(fc.nat(400), fc.nat(255));
  fc.assert(
    fc.property(fc.constantFrom(...seeds), fc.array(change, { minLength: 1, maxLength: 5 }), (seed, changes) => {
      const bytes = Uint8Array.from(seed);
      for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
      try {
        read(bytes);
      } catch (error) {
        if (!(error instanceof RelayError)) throw error;
      }
    }),
    { numRuns: 1000 },
  );
});

test("a class of which only the name is known makes inert objects, and cannot be called", () => {
  const unknown = (name: string) => new PickleClass(name);
  expect(() => read("\x80\x02cnet\nNet\n.")).toThrow(/asks for net\.Net/);
  const type = read("\x80\x02cnet\nNet\n.", { unknown });
  expect(type instanceof PickleClass && type.name).toBe("net.Net");
  const object = read("\x80\x02cnet\nNet\nK\x01\x85\x81}K\x02K\x03sb(K\x04K\x05u.", { unknown }) as PickleInstance;
  expect(object).toBeInstanceOf(PickleInstance);
  expect([object.name, object.state, object.items]).toEqual(["net.Net", new Map([[2, 3]]), new Map([[4, 5]])]);
  expectRefusal(() => read("\x80\x02cnet\nrun\nK\x01\x85R.", { unknown }), "PICKLE_REFUSED", "asks for net.run");
  expectRefusal(() => read("\x80\x02K\x01)\x81.", { unknown }), "PICKLE_REFUSED", "a call of something");
  expectRefusal(() => read("\x80\x02)\x81.", { unknown }), "FILE_CORRUPT", "takes more than it gave");
  expect(read("\x80\x02ccollections\nOrderedDict\n)\x81.", { unknown })).toEqual(new Map());
});
