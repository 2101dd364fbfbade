import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { FileSource, ZipArchive } from "../../../src/container/index.ts";
import type { TensorLocation } from "../../../src/core/index.ts";
import { readTorchScript } from "../../../src/loader/torchscript/archive/read-torchscript.ts";
import type { ScriptObject, ScriptValue } from "../../../src/loader/torchscript/objects/script-value.ts";
import { expectRefusal } from "../../container/expect-refusal.ts";
import { FOLDER, readChanged, readFixture } from "./archives.ts";
import { valuesOf } from "./tensor-values.ts";

/** A float as Python prints it, where it has no exponent. */
function floatText(value: number): string {
  if (!Number.isFinite(value)) return String(value).replace("Infinity", "inf").replace("NaN", "nan");
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}

/** A value as the generator of the fixtures tells PyTorch's. */
function told(value: ScriptValue): unknown {
  switch (value.kind) {
    case "none":
      return null;
    case "tensor":
      return { tensor: value.location.dtype, shape: value.location.shape, values: valuesOf(value.location) };
    case "int":
      return { int: String(value.value) };
    case "float":
      return { float: floatText(value.value) };
    case "complex":
      return { complex: [value.real, value.imaginary] };
    case "enum":
      return { enum: told(value.value) };
    case "tuple":
      return { tuple: value.items.map(told) };
    case "list":
      return { list: value.items.map(told) };
    case "dict":
      return { dict: value.entries.map(([key, item]) => [told(key), told(item)]) };
    case "device":
      return value.name;
    case "object":
      return value.className;
    case "bool":
    case "string":
      return value.value;
  }
}

const EXPECTED = JSON.parse(readFileSync(`${FOLDER}attributes.json`, "utf8")) as Record<string, unknown>;

function attribute(object: ScriptObject, name: string): ScriptValue {
  const value = object.attributes.get(name);
  if (!value) throw new Error(`there is no attribute ${name}`);
  return value;
}

function asObject(value: ScriptValue): ScriptObject {
  if (value.kind !== "object") throw new Error("this is no object");
  return value;
}

function locationOf(value: ScriptValue): TensorLocation {
  if (value.kind !== "tensor") throw new Error("this is no tensor");
  return value.location;
}

describe("the attributes of a module", () => {
  const { root, extraFiles } = readFixture("attributes.pt");

  test.each(Object.entries(EXPECTED))("%s is what PyTorch says", (name, expected) => {
    expect(told(attribute(root, name))).toEqual(expected);
  });

  test("come in the order of their class", () => {
    const { code } = readFixture("attributes.pt");
    const declared = code.findClass(root.className)?.attributes.map(({ name }) => name);
    expect([...root.attributes.keys()]).toEqual(declared);
  });

  test("that are one tensor share a storage, and views of it too", () => {
    const weight = attribute(asObject(attribute(asObject(attribute(root, "layers")), "0")), "weight");
    expect(locationOf(attribute(root, "tied")).storage).toBe(locationOf(weight).storage);
    const row = locationOf(attribute(root, "row"));
    expect(row).toMatchObject({ shape: [2], strides: [3], storageOffset: 1 });
    expect(row.storage).toBe(locationOf(attribute(root, "strided")).storage);
  });

  test("of containers keep the types that were written beside them", () => {
    expect(attribute(root, "floats")).toMatchObject({ elementType: { name: "float" } });
    expect(attribute(root, "nested")).toMatchObject({ elementType: { name: "List", args: [{ name: "float" }] } });
    expect(attribute(root, "dict")).toMatchObject({ keyType: { name: "str" }, valueType: { name: "int" } });
  });

  test("of a class of its own are objects by the name of the class", () => {
    const counter = asObject(attribute(root, "counter"));
    expect(counter.className).toBe("__torch__.Counter");
    expect(told(attribute(counter, "n"))).toEqual({ int: "3" });
    expect(attribute(root, "color")).toMatchObject({ kind: "enum", className: "__torch__.Color" });
  });

  test("of an object that has a state of its own are not told, but the state is", () => {
    const { attributes, state } = asObject(attribute(root, "state"));
    expect(attributes.size).toBe(0);
    expect(state && told(state)).toMatchObject({ tuple: [{ tensor: "float32" }, { int: "3" }, false] });
  });

  test("have the author's files beside them", () => {
    expect(extraFiles.toSorted()).toEqual(["a/b", "note.txt"]);
  });
});

test("weights are ranges of the file", () => {
  const file = `${FOLDER}mlp-2.13.pt`;
  const source = new FileSource(file);
  const { root } = readTorchScript(new ZipArchive(source));
  source.close();
  const weight = locationOf(attribute(asObject(attribute(root, "0")), "weight"));
  expect(weight).toMatchObject({ dtype: "float32", shape: [3, 4], strides: [4, 1], storageOffset: 0 });
  expect(weight.storage).toMatchObject({ kind: "file", path: path.resolve(file), byteLength: 48 });
});

test.each(["mlp-1.13.pt", "mlp-2.13.pt"])("%s is read, whichever torch wrote it", (name) => {
  const { version, root, code } = readFixture(name);
  expect(version).toBe(3);
  expect([...root.attributes.keys()]).toEqual(["training", "_is_full_backward_hook", "0", "1"]);
  expect(code.findClass(root.className)?.base).toBe("Module");
});

test("inputs that a module was traced with are told by their types", () => {
  expect(readFixture("mlp-2.13.pt").tracedInputs).toEqual(
    new Map([["forward", [{ kind: "tensor", dtype: "float32", shape: [2, 4] }]]]),
  );
  const [x, named, several] = readFixture("traced.pt").tracedInputs.get("forward") ?? [];
  expect(x).toEqual({ kind: "tensor", dtype: "float32", shape: [3, 3] });
  expect(named).toEqual({
    kind: "dict",
    entries: [
      [
        { kind: "string", value: "a" },
        { kind: "tensor", dtype: "float32", shape: [2] },
      ],
    ],
  });
  expect(several).toEqual({ kind: "list", items: [{ kind: "tensor", dtype: "int64", shape: [2] }] });
  expect(readFixture("language.pt").tracedInputs.size).toBe(0);
});

test("a frozen module has its weights among the constants", () => {
  const { root, constants } = readFixture("frozen.pt");
  expect(root.attributes.size).toBe(0);
  expect(constants.map((constant) => locationOf(constant).shape)).toEqual([[3, 3], [3]]);
});

test("an archive for mobile devices runs when it has code, and is refused when it has none", () => {
  expect(readFixture("mobile.ptl").root.attributes.has("weight")).toBe(true);
  const code = Object.fromEntries(readFixture("mobile.ptl").code.files.map((file) => [file, undefined]));
  expectRefusal(() => readChanged("mobile.ptl", code), "MODEL_UNSUPPORTED", /bytecode and no code/);
});

test.each([
  ["sparse.pt", /a sparse tensor \(COO\)/],
  ["sparse-csr.pt", /a sparse tensor \(compressed\)/],
  ["quantised.pt", /a quantised tensor \(QInt8\)/],
  ["conjugated.pt", /a lazily conjugated or negated tensor/],
  ["float8.pt", /a tensor of the dtype float8_e4m3fn/],
  ["complex32.pt", /a tensor of the dtype complex32/],
])("%s is refused with what it is", (name, message) => {
  expectRefusal(() => readFixture(name), "MODEL_UNSUPPORTED", message);
});

describe("the version of the operators", () => {
  test.each(["2", "4", "10\n"])("%j is read", (version) => {
    expect(readChanged("traced.pt", { version }).version).toBe(Number(version));
  });

  test("may lie in a folder of its own", () => {
    expect(readChanged("traced.pt", { version: undefined, ".data/version": "5\n" }).version).toBe(5);
  });

  test.each([
    ["11", "MODEL_UNSUPPORTED", /version 11 of TorchScript archives .* versions 2 to 10 run/],
    ["1", "MODEL_UNSUPPORTED", /version 1 of/],
    ["three", "FILE_CORRUPT", /is no number/],
    ["1".repeat(100), "FILE_CORRUPT", /is no number/],
    [undefined, "FILE_CORRUPT", /does not tell the version/],
  ] as const)("%j is refused", (version, code, message) => {
    expectRefusal(() => readChanged("traced.pt", { version }), code, message);
  });
});

test("another byte order is refused", () => {
  expectRefusal(() => readChanged("traced.pt", { byteorder: "big" }), "MODEL_UNSUPPORTED", /byte order "big"/);
});
