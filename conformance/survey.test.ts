import { expect, test } from "vitest";
import { runCase } from "./run-case.ts";
import { type SurveyedModel, surveyDifference, surveyedModels } from "./survey.ts";

/** Where `generate/survey.py` wrote the models; without it there is nothing to do. */
const FOLDER = process.env["TORCHRELAY_SURVEY"];
const ONLY = process.env["TORCHRELAY_SURVEY_ONLY"] ?? "";

function stateOf(model: SurveyedModel): string {
  if (!model.case) return `not exported: ${model.error}`;
  const outcome = runCase(model.case, surveyDifference);
  if (outcome.kind === "equal") return "agrees";
  return outcome.kind === "refused" ? `refused: ${outcome.reason}` : `wrong: ${outcome.problem}`;
}

test.skipIf(FOLDER === undefined)("every model of the survey runs and agrees", { timeout: 3_600_000 }, () => {
  const states = surveyedModels(FOLDER ?? "")
    .filter(({ name }) => name.includes(ONLY))
    .map((model) => {
      const state = stateOf(model);
      console.log(`${model.name}: ${state}`);
      return { ...model, state };
    });
  expect(states.filter(({ state }) => state !== "agrees").map(({ name }) => name)).toEqual([]);
});
