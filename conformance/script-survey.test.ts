import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { runScript } from "./run-script.ts";
import { type SurveyedScript, surveyedScripts } from "./script-survey.ts";
import { surveyDifference } from "./survey.ts";

/** Where `generate/torchscript_survey.py` wrote the files. */
const FOLDER = process.env["TORCHRELAY_SCRIPT_SURVEY"];
const PAGE = fileURLToPath(new URL("../docs/torchscript-models.md", import.meta.url));
const TIMEOUT_MS = 3_600_000;

function stateOf(script: SurveyedScript): string {
  if (!script.case) return "PyTorch cannot";
  const outcome = runScript(script.case, surveyDifference);
  if (outcome.kind === "refused") return `refused: ${outcome.reason}`;
  if (outcome.kind === "different") return `wrong: ${outcome.problem}`;
  return outcome.runs < script.case.runs().length ? "agrees at the sizes of the trace" : "agrees";
}

function page(scripts: readonly SurveyedScript[]): string {
  const states = scripts.map((script) => ({ ...script, state: stateOf(script).split("\n").slice(0, 2).join(" ") }));
  const written = states.filter(({ case: written }) => written !== undefined);
  const agreeing = written.filter(({ state }) => state === "agrees").length;
  const names = [...new Set(states.map(({ name }) => name))];
  const cell = (name: string, form: string) =>
    states.find((each) => each.name === name && each.form === form)?.state ?? "";
  return `# Models as TorchScript

${agreeing} of the ${written.length} TorchScript files that PyTorch writes of the survey's models run and agree with PyTorch: traced by
\`torch.jit.trace\`, those of torchvision and timm also scripted by \`torch.jit.script\`, loaded with any number of rows, run on two batches
of different size, every output within 0.001 of its greatest magnitude. A traced file knows its inputs; a scripted one is told them.
\`conformance/generate/torchscript_survey.py\` writes the files, and a test writes this page
(\`TORCHRELAY_SCRIPT_SURVEY=FOLDER npx vitest run conformance/script-survey -u\`).

| model | traced | scripted |
|---|---|---|
${names.map((name) => `| \`${name}\` | ${cell(name, "traced")} | ${cell(name, "scripted")} |`).join("\n")}
`;
}

test.skipIf(FOLDER === undefined)(
  "docs/torchscript-models.md tells which models of the survey run and agree as TorchScript",
  { timeout: TIMEOUT_MS },
  async () => {
    await expect(page(surveyedScripts(FOLDER ?? ""))).toMatchFileSnapshot(PAGE);
  },
);
