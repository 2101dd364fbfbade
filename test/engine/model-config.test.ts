import { expect, test } from "vitest";
import { MODEL_CONFIG_SCHEMA, readConfig } from "../../src/engine/index.ts";
import { resolveOptions } from "../../src/engine/options.ts";

function refusal(config: unknown): string {
  const text = typeof config === "string" ? config : JSON.stringify(config);
  try {
    readConfig(text, "config.json of model a");
  } catch (error) {
    const { code, message } = error as Error & { code: string };
    return `${code}: ${message}`;
  }
  return "taken";
}

test("what is left out has its default", () => {
  expect(readConfig("{}", "it")).toEqual({ options: {}, versionPolicy: { latest: { numVersions: 1 } }, labels: {} });
});

test("options, policy and names of classes are told apart", () => {
  const policy = { specific: { versions: [1, 3] } };
  const labels = { logits: ["cat", "dog"] };
  const text = JSON.stringify({ maxBatchRows: 8, weight: 0.5, deterministic: true, versionPolicy: policy, labels });
  const options = { maxBatchRows: 8, weight: 0.5, deterministic: true };
  expect(readConfig(text, "it")).toEqual({ options, versionPolicy: policy, labels });
});

test("what the schema does not allow is refused with its place and what is legal", () => {
  const cases: readonly (readonly [config: unknown, message: string])[] = [
    [{ maxBatchRow: 8 }, "the unknown key maxBatchRow; did you mean maxBatchRows?"],
    [{ maxBatchRows: 0 }, "maxBatchRows of the configuration must be >= 1 but is 0"],
    [{ maxBatchRows: 1.5 }, "must be integer but is 1.5"],
    [{ weight: 0 }, "weight of the configuration must be > 0 but is 0"],
    [{ versionPolicy: { lattest: {} } }, "has the unknown key lattest; did you mean latest?"],
    [{ versionPolicy: {} }, "versionPolicy of the configuration must NOT have fewer than 1 properties"],
    [{ versionPolicy: { all: {}, latest: {} } }, "must NOT have more than 1 properties"],
    [{ versionPolicy: { specific: {} } }, "versionPolicy.specific of the configuration lacks versions"],
    [{ versionPolicy: { specific: { versions: [-1] } } }, "must be >= 0 but is -1"],
    [{ labels: { logits: [1] } }, "labels.logits.0 of the configuration must be string"],
    [[], "the configuration must be object"],
    ['{"weight": 1, "weight": 2}', 'the key "weight" occurs twice'],
    ['{"__proto__": 1}', "the unknown key __proto__"],
    ["{", "its JSON is not well-formed at byte 1"],
    ["", "it ends early"],
  ];
  for (const [config, message] of cases) {
    expect(refusal(config), message).toMatch(/^CONFIG_INVALID: config\.json of model a is not valid: /);
    expect(refusal(config)).toContain(message);
  }
  expect(refusal(" ".repeat(2 ** 20 + 1))).toContain("the limit modelConfigBytes allows");
});

test("the schema's defaults are those of the options", () => {
  const properties = MODEL_CONFIG_SCHEMA["properties"] as Record<string, { default?: unknown }>;
  const { inlineBudgetMs, handOffMs, workers, intraOpThreads, ...defaults } = resolveOptions({});
  const documented = Object.entries(properties).filter(([name]) => !["versionPolicy", "labels"].includes(name));
  expect(Object.fromEntries(documented.map(([name, schema]) => [name, schema.default]))).toEqual(defaults);
});
