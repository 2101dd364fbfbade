import path from "node:path";
import { expect, test } from "vitest";
import { type SourceFile, sourceFiles } from "./source-files.ts";

/** The layers in processing order. A folder imports only from lines above its own, or from itself. */
const LAYERS: readonly (readonly string[])[] = [
  ["util"],
  ["core"],
  ["container", "graph", "client"],
  ["loader", "lowering", "runtime"],
  ["nn", "workers", "scheduler"],
  ["engine"],
  ["pipeline"],
  ["server", "batch"],
  ["cli"],
];

/** Packages that only one place may know. */
const SEAMS: Readonly<Record<string, string>> = {
  "@grpc/grpc-js": "src/server/grpc/",
  koffi: "src/runtime/ort/",
  commander: "src/cli/",
  fastify: "src/server/",
  pino: "src/server/observe/",
};

const IMPORT = /^(?:import|export)\b[^;]*?\bfrom\s+"([^"]+)"/gms;

function layerOf(folder: string): number {
  return LAYERS.findIndex((line) => line.includes(folder));
}

interface Import {
  readonly from: string;
  readonly to: string;
}

function importsOf(file: SourceFile): Import[] {
  return [...file.text.matchAll(IMPORT)].map((match) => {
    const target = match[1] as string;
    const to = target.startsWith(".") ? path.posix.join(path.posix.dirname(file.path), target) : target;
    return { from: file.path, to };
  });
}

const imports = sourceFiles("src").flatMap(importsOf);

function folderOf(file: string): string | undefined {
  const [src, folder, ...rest] = file.split("/");
  return src === "src" && rest.length > 0 ? folder : undefined;
}

test("there are imports to check", () => {
  expect(imports.length).toBeGreaterThan(100);
});

test("a folder imports only from the layers above it", () => {
  const broken = imports.filter(({ from, to }) => {
    const [source, target] = [folderOf(from), folderOf(to)];
    if (source === undefined || target === undefined || source === target) return false;
    return layerOf(source) < 0 || layerOf(target) < 0 || layerOf(target) >= layerOf(source);
  });
  expect(broken).toEqual([]);
});

test("a folder is entered only through its index", () => {
  const broken = imports.filter(({ from, to }) => {
    const target = folderOf(to);
    return target !== undefined && target !== folderOf(from) && to !== `src/${target}/index.ts`;
  });
  expect(broken).toEqual([]);
});

test("native and command-line packages stay behind their seams", () => {
  const broken = imports.filter(({ from, to }) => SEAMS[to] !== undefined && !from.startsWith(SEAMS[to]));
  expect(broken).toEqual([]);
});
