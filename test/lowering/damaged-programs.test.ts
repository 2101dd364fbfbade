import fc from "fast-check";
import { expect, test } from "vitest";
import { type ConformanceCase, operatorCases } from "../../conformance/cases.ts";
import { MemorySource, ZipArchive } from "../../src/container/index.ts";
import { LIMITS, RelayError } from "../../src/core/index.ts";
import { normalize } from "../../src/graph/index.ts";
import { loadProgram } from "../../src/loader/index.ts";
import { lower } from "../../src/lowering/index.ts";
import { expectRefusal } from "../container/expect-refusal.ts";
import { writeZip } from "../container/zip-writer.ts";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Branch = Json[] | { [key: string]: Json };

interface Archive {
  readonly program: string;
  readonly members: Readonly<Record<string, Uint8Array>>;
}

const bundles = operatorCases();

function archiveOf({ source }: ConformanceCase): Archive {
  const archive = new ZipArchive(source() as MemorySource);
  const members = Object.fromEntries(archive.names.map((name) => [name, archive.read(name)]));
  const program = archive.names.find((name) => name.endsWith("models/model.json")) ?? "";
  return { program, members };
}

function caseOf(bundle: string, name: string): ConformanceCase {
  const found = bundles.get(bundle)?.find((testCase) => testCase.name.endsWith(name));
  if (!found) throw new Error(`${bundle} has ${name}`);
  return found;
}

function prepare({ program, members }: Archive, text: string): void {
  const files = Object.entries(members).map(([name, data]) => ({ name, data: name === program ? text : data }));
  const { graph } = loadProgram(new MemorySource(writeZip(files), "damaged.pt2"));
  lower(normalize(graph));
}

/** Any error but a RelayError is the test's failure. */
function prepareOrRefuse(archive: Archive, text: string): void {
  try {
    prepare(archive, text);
  } catch (error) {
    if (!(error instanceof RelayError)) throw error;
  }
}

function textOf({ program, members }: Archive): string {
  return Buffer.from(members[program] ?? []).toString();
}

/** Every place in a JSON value at which something stands. */
function places(value: Json): { parent: Branch; key: string }[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => [{ parent: value, key }, ...places(child)]);
}

const VALUES: readonly Json[] = [
  null,
  true,
  -1,
  0,
  1.5,
  1e300,
  2 ** 40,
  "",
  "Infinity",
  "x",
  [],
  {},
  { as_none: true },
];

const PROGRAMS: readonly (readonly [string, string])[] = [
  ["control_flow", "/fixed.cond.weights"],
  ["control_flow", "/fixed.scan.recurrence"],
  ["complex", "/symbolic.rotary"],
  ["complex", "/symbolic.vocoder"],
  ["detection", ".0"],
  ["precisions", "/recurrent.float16"],
];

test.each(PROGRAMS.filter(([bundle, name]) => bundles.get(bundle)?.some((each) => each.name.endsWith(name))))(
  "%s%s with parts of its graph changed is lowered or refused",
  (bundle, name) => {
    const archive = archiveOf(caseOf(bundle, name));
    const text = textOf(archive);
    const count = places(JSON.parse(text) as Json).length;
    const change = fc.record({
      at: fc.nat(count - 1),
      from: fc.nat(count - 1),
      value: fc.option(fc.constantFrom(...VALUES), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        const json = JSON.parse(text) as Json;
        const all = places(json);
        for (const { at, from, value } of changes) {
          const [target, source] = [all[at], all[from]];
          if (!target || !source) continue;
          const copied = structuredClone((source.parent as Record<string, Json>)[source.key] ?? null);
          (target.parent as Record<string, Json>)[target.key] = value ?? copied;
        }
        prepareOrRefuse(archive, JSON.stringify(json));
      }),
      { numRuns: 60, seed: 7 },
    );
  },
);

interface GraphJson {
  readonly nodes: { target: string; inputs: { arg: Record<string, unknown> }[] }[];
}

/** The program of a branch, with what `change` makes of its graph. */
function branching(change: (graph: GraphJson) => void): () => void {
  const archive = archiveOf(caseOf("control_flow", "/fixed.cond.weights"));
  const json = JSON.parse(textOf(archive)) as { graph_module: { graph: GraphJson } };
  change(json.graph_module.graph);
  return () => prepare(archive, JSON.stringify(json));
}

function branches({ nodes }: GraphJson): { as_graph: { name: string; graph: GraphJson } }[] {
  const node = nodes.find(({ target }) => target.endsWith(".cond"));
  return (node?.inputs ?? []).flatMap(({ arg }) => ("as_graph" in arg ? [arg as never] : []));
}

test("branches within branches beyond the limit are refused", () => {
  const run = branching((graph) => {
    const at = graph.nodes.findIndex(({ target }) => target.endsWith(".cond"));
    const original = structuredClone(graph.nodes[at]) as GraphJson["nodes"][number];
    // What decides is a number, as no inner graph knows the values around it.
    if (original.inputs[0]) original.inputs[0].arg = { as_bool: true };
    for (let i = 0; i <= LIMITS.graphNesting; i++) {
      const outer = structuredClone(original);
      const [yes] = branches({ nodes: [outer] });
      yes?.as_graph.graph.nodes.splice(0, Number.POSITIVE_INFINITY, graph.nodes[at] as GraphJson["nodes"][number]);
      graph.nodes[at] = outer;
    }
  });
  expectRefusal(run, "LIMIT_EXCEEDED", /graphNesting allows 16/);
});

function withoutBranches(graph: GraphJson): void {
  for (const branch of branches(graph)) Object.assign(branch, { as_graph: null });
}

function inReverse({ nodes }: GraphJson): void {
  nodes.reverse();
}

test.each([
  ["a branch that is missing", withoutBranches],
  ["calls that take what is made later", inReverse],
])("%s is refused", (_, change) => {
  expect(branching(change)).toThrow(RelayError);
});
