import { readFileSync } from "node:fs";
import path from "node:path";
import { parseAllDocuments } from "yaml";
import { ROOT } from "../project/source-files.ts";

export function deployFile(name: string): string {
  return readFileSync(path.join(ROOT, "deploy", name), "utf8");
}

export interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string | number };
}

export interface Container {
  readonly args: readonly string[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly startupProbe?: Probe;
  readonly readinessProbe: Probe;
  readonly livenessProbe: Probe;
}

/** The documents of a YAML file. @throws when it is not well-formed */
export function documents(name: string): readonly unknown[] {
  return parseAllDocuments(deployFile(name)).map((document) => {
    if (document.errors.length > 0) throw document.errors[0];
    return document.toJS();
  });
}

type Fields = Readonly<Record<string, unknown>>;

/** A field of the resource of a kind. @param keys separated by dots; numbers are indices */
export function field<T = unknown>(file: string, kind: string, keys: string): T {
  const resource = documents(file).find((candidate) => (candidate as Fields)["kind"] === kind);
  if (!resource) throw new Error(`${file} has no ${kind}`);
  return keys.split(".").reduce((value: unknown, key) => (value as Fields)[key], resource) as T;
}

/** The value after an option. */
export function optionOf(args: readonly string[], option: string): string {
  const value = args[args.indexOf(option) + 1];
  if (!args.includes(option) || value === undefined) throw new Error(`${args.join(" ")} has no ${option}`);
  return value;
}
