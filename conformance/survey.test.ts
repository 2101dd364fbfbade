import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { runCase } from "./run-case.ts";
import { committedModels, type SurveyedModel, surveyDifference, surveyedModels } from "./survey.ts";

/** Where `generate/survey.py` wrote the models; without it only what is committed runs. */
const FOLDER = process.env["TORCHRELAY_SURVEY"];
const PAGE = fileURLToPath(new URL("../docs/models.md", import.meta.url));
const TIMEOUT_MS = 3_600_000;

interface State {
  readonly model: SurveyedModel;
  readonly state: string;
}

function stateOf(model: SurveyedModel): State {
  if (!model.case) return { model, state: `torch.export fails: ${model.error}` };
  const outcome = runCase(model.case, surveyDifference);
  if (outcome.kind === "equal") return { model, state: "agrees" };
  return { model, state: outcome.kind === "refused" ? `refused: ${outcome.reason}` : `wrong: ${outcome.problem}` };
}

function row({ model, state }: State): string {
  const line = state.split("\n").slice(0, 2).join(" ");
  return `| \`${model.name}\` | ${model.dynamic.join(", ") || "none"} | ${line} |`;
}

function page(states: readonly State[]): string {
  const agreeing = states.filter(({ state }) => state === "agrees").length;
  return `# Models

${agreeing} of the ${states.length} models of the survey run and agree with eager PyTorch: exported by \`torch.export\` with the sizes that
the table names left open, run on two inputs that differ in them, every output within 0.001 of its greatest magnitude. Weights are random, and
parameters that start as constants are moved, so that no layer is without effect. \`conformance/generate/survey.py\` writes
the files, and a test writes this page (\`TORCHRELAY_SURVEY=FOLDER npx vitest run conformance/survey -u\`).

| model | open sizes | result |
|---|---|---|
${states.map(row).join("\n")}
`;
}

test.skipIf(FOLDER === undefined)(
  "docs/models.md tells which models of the survey run and agree",
  async () => {
    await expect(page(surveyedModels(FOLDER ?? "").map(stateOf))).toMatchFileSnapshot(PAGE);
  },
  TIMEOUT_MS,
);

test("every small model of the survey runs and agrees", { timeout: TIMEOUT_MS }, () => {
  const states = committedModels().map(stateOf);
  expect(states.length).toBeGreaterThan(0);
  expect(states.filter(({ state }) => state !== "agrees")).toEqual([]);
});

test("docs/models.md names every small model", () => {
  const text = readFileSync(PAGE, "utf8");
  const missing = committedModels().filter(({ name }) => !text.includes(`\`${name}\``));
  expect(missing.map(({ name }) => name)).toEqual([]);
});
