import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readTensor } from "../../src/container/index.ts";
import { RelayError } from "../../src/core/index.ts";
import type { Program } from "../../src/graph/index.ts";
import { expectRefusal } from "../container/expect-refusal.ts";
import { writeZip } from "../container/zip-writer.ts";
import { FOLDER, loadBytes, type Members, MLPS, membersOf, replaced, zipOf } from "./programs.ts";

/** The program, or undefined for a RelayError; any other error is the test's failure. Weights must lie where it says. */
function loadOrRefuse(bytes: Uint8Array): Program | undefined {
  try {
    const program = loadBytes(bytes);
    for (const { location } of program.graph.weights) readTensor(location);
    return program;
  } catch (error) {
    if (error instanceof RelayError) return undefined;
    throw error;
  }
}

describe.each(MLPS)("%s", (name) => {
  const whole = readFileSync(FOLDER + name);

  test("cut short anywhere it is refused", () => {
    const lengths = [...Array.from({ length: 60 }, (_, i) => Math.floor((whole.length * i) / 60)), whole.length - 1];
    for (const length of lengths) expect(loadOrRefuse(whole.subarray(0, length))).toBeUndefined();
  });

  test("with bytes changed it loads or is refused", () => {
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
        const bytes = Uint8Array.from(whole);
        for (const [at, value] of changes) bytes[at] = value;
        loadOrRefuse(bytes);
      }),
      { numRuns: 100 },
    );
  });
});

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Every place in a JSON value at which something stands. */
function places(value: Json): { parent: Json[] | { [key: string]: Json }; key: string }[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => [{ parent: value, key }, ...places(child)]);
}

const JSON_MEMBERS: readonly [fixture: string, member: string][] = [
  ["mlp-2.13.pt2", "models/model.json"],
  ["mlp-2.13.pt2", "data/weights/model_weights_config.json"],
  ["cond.pt2", "models/model.json"],
];

test.each(JSON_MEMBERS)("%s with values of %s changed loads or is refused", (fixture, member) => {
  const members = membersOf(fixture);
  const text = Buffer.from((members[member] ?? "") as Uint8Array).toString();
  const count = places(JSON.parse(text) as Json).length;
  const values: readonly Json[] = [
    null,
    true,
    -1,
    0,
    1.5,
    1e300,
    7,
    "",
    "as_int",
    "x",
    [],
    {},
    { as_int: 3 },
    { as_none: true },
  ];
  const change = fc.record({
    at: fc.nat(count - 1),
    from: fc.nat(count - 1),
    value: fc.option(fc.constantFrom(...values), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
      const json = JSON.parse(text) as Json;
      const all = places(json);
      for (const { at, from, value } of changes) {
        const [target, source] = [all[at], all[from]];
        if (target && source) {
          const copied = structuredClone((source.parent as { [key: string]: Json })[source.key] ?? null);
          (target.parent as { [key: string]: Json })[target.key] = value ?? copied;
        }
      }
      loadOrRefuse(zipOf({ ...members, [member]: JSON.stringify(json) }));
    }),
    { numRuns: 100 },
  );
});

test("pickled weights with bytes changed load or are refused", () => {
  const members = membersOf("mlp-2.8.pt2");
  const nested = members["data/weights/model.pt"] as Uint8Array;
  const end = Buffer.from(nested).indexOf("PK\x01\x02");
  const change = fc.tuple(fc.nat(end), fc.nat(255));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const bytes = Uint8Array.from(nested);
      for (const [at, value] of changes) bytes[at] = value;
      loadOrRefuse(zipOf({ ...members, "data/weights/model.pt": bytes }));
    }),
    { numRuns: 200 },
  );
});

test("arbitrary bytes are refused", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => loadOrRefuse(bytes) === undefined));
  const zipLike = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.concat([Buffer.from("PK\x03\x04"), bytes]));
  fc.assert(fc.property(zipLike, (bytes) => loadOrRefuse(bytes) === undefined));
});

const FLAT = "serialized_exported_program.json";

test.each<[string, Uint8Array, "FILE_CORRUPT" | "LIMIT_EXCEEDED", RegExp]>([
  [
    "a graph that is a zip bomb",
    writeZip([{ name: FLAT, data: Buffer.alloc(1e6), method: 8, size: 2 ** 30 }]),
    "LIMIT_EXCEEDED",
    /graphJsonBytes/,
  ],
  ["a graph nested beyond reason", zipOf({ [FLAT]: "[".repeat(1e6) }), "FILE_CORRUPT", /nested deeper than 200/],
  [
    "a graph that is no JSON",
    zipOf({ [FLAT]: "<html>" }),
    "FILE_CORRUPT",
    /serialized_exported_program\.json is damaged: its JSON/,
  ],
  ["a graph that is no object", zipOf({ [FLAT]: "[1]" }), "FILE_CORRUPT", /should be an object/],
  ["a member that leaves the folder", zipOf({ [FLAT]: "{}", "../../evil": "x" }), "FILE_CORRUPT", /not a plain path/],
])("%s is refused", (_, bytes, code, message) => {
  expectRefusal(() => loadBytes(bytes), code, message);
});

test("a graph of more nodes than the limit is refused before they are read", () => {
  const members = membersOf("linear-2.13.pt2");
  const nodes = `"nodes": [${"0,".repeat(500_001)}`;
  const program = replaced(members["models/model.json"], '"nodes": [', nodes);
  const hostile: Members = { ...members, "models/model.json": program };
  expectRefusal(() => loadBytes(zipOf(hostile)), "LIMIT_EXCEEDED", "the limit graphNodes allows 500000");
});
