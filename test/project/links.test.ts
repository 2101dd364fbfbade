import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "./source-files.ts";

const GENERATED: readonly string[] = ["node_modules", "dist", "build"];

const tops = readdirSync(ROOT).filter((name) => !name.startsWith(".") && !GENERATED.includes(name));

/** All Markdown files of the repository, with forward slashes. */
const pages = tops.flatMap((top) => filesOf(top)).filter((name) => name.endsWith(".md"));

function filesOf(top: string): readonly string[] {
  if (!statSync(path.join(ROOT, top)).isDirectory()) return [top];
  const names = readdirSync(path.join(ROOT, top), { recursive: true, encoding: "utf8" });
  return names.map((name) => path.posix.join(top, ...name.split(path.sep)));
}

const LINK = /\]\(([^()\s]+)\)/g;
const IS_ELSEWHERE = /^[a-z]+:/;

/** Without what is code, where brackets are no links. */
function prose(page: string): string {
  const text = readFileSync(path.join(ROOT, page), "utf8");
  return text.replace(/^```.*?^```/gms, "").replace(/`[^`\n]*`/g, "code");
}

/** The names that links to parts of a page use, as GitHub makes them of headings. */
function anchors(page: string): readonly string[] {
  const text = readFileSync(path.join(ROOT, page), "utf8").replace(/^```.*?^```/gms, "");
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

interface Link {
  readonly page: string;
  readonly link: string;
}

const links = pages.flatMap((page) =>
  [...prose(page).matchAll(LINK)]
    .map(([, link = ""]): Link => ({ page, link }))
    .filter(({ link }) => !IS_ELSEWHERE.test(link)),
);

function isBroken({ page, link }: Link): boolean {
  const [file = "", anchor] = link.split("#");
  const target = file === "" ? page : path.posix.join(path.posix.dirname(page), file);
  if (!existsSync(path.join(ROOT, target))) return true;
  return anchor !== undefined && !(target.endsWith(".md") && anchors(target).includes(anchor));
}

test("links between pages and files of the repository lead somewhere", () => {
  expect(links.length).toBeGreaterThan(50);
  expect(links.filter(isBroken)).toEqual([]);
});

test("links to what is not there are found", () => {
  const page = "docs/architecture.md";
  for (const link of ["missing.md", "../missing/", "#missing", "errors.md#missing"])
    expect(isBroken({ page, link })).toBe(true);
  for (const link of ["errors.md", "adr/", "#architecture", "errors.md#errors"])
    expect(isBroken({ page, link })).toBe(false);
});
