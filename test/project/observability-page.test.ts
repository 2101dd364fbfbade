import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { get, serving } from "../server/serving.ts";
import { ROOT } from "./source-files.ts";

const page = readFileSync(path.join(ROOT, "docs/observability.md"), "utf8");

test("docs/observability.md lists every metric with its type and meaning, and nothing else", async () => {
  const { url } = await serving();
  const { text } = await get(`${url}/metrics`);
  const given = [...text.matchAll(/^# HELP (\S+) (.*)\n# TYPE \S+ (.*)$/gm)].map(([, name, help, type]) => {
    return `| \`${name}\` | ${type} | ${help} |`;
  });
  const rows = page.split("\n").filter((line) => /^\| `(torchrelay|nv|process)_\w+` \|/.test(line));
  expect(rows).toEqual(given);
});

test("its queries name metrics that there are", () => {
  const known = new Set(
    [...page.matchAll(/^\| `(\w+)` \| (?:counter|gauge|histogram|summary) \|/gm)].map(([, name]) => name),
  );
  const queries = [...page.matchAll(/^\| [^|]+ \| `([^`]*\b(?:torchrelay|nv)_[^`]*)` \|$/gm)].map(([, query]) => query);
  const names = queries.flatMap((query) => query?.match(/\b(?:torchrelay|nv)_\w+/g) ?? []);
  expect(names.length).toBeGreaterThan(10);
  const unknown = names.filter((name) => !known.has(name) && !known.has(name.replace(/_(bucket|sum|count)$/, "")));
  expect(unknown).toEqual([]);
});
