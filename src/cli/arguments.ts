import path from "node:path";
import { InvalidArgumentError } from "commander";
import { parseTensorSpec } from "../core/index.ts";
import type { ScriptArgument } from "../loader/index.ts";
import type { InputFile } from "./request-inputs.ts";

type PlainArguments = Readonly<Record<string, ScriptArgument>>;

/** A whole number from 1. @throws InvalidArgumentError */
export function parseCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || !Number.isSafeInteger(count)) {
    throw new InvalidArgumentError("It must be a whole number from 1.");
  }
  return count;
}

/** Adds a `NAME=FILE.npy` to those before. @throws InvalidArgumentError */
export function collectInput(text: string, before: readonly InputFile[] = []): readonly InputFile[] {
  const [, name, file] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  if (name === undefined || file === undefined) throw new InvalidArgumentError("It must be NAME=FILE.npy.");
  return [...before, { name, file }];
}

/** Adds a `NAME:DTYPE[SIZES]` to those before. @throws InvalidArgumentError */
export function collectSpec(text: string, before: readonly string[] = []): readonly string[] {
  try {
    parseTensorSpec(text);
  } catch {
    throw new InvalidArgumentError("It must be NAME:DTYPE[SIZES], such as x:float32[batch,3,224,224].");
  }
  return [...before, text];
}

/** Adds a `NAME=VALUE` to those before; a value is JSON, or else a text. @throws InvalidArgumentError */
export function collectArgument(text: string, before: PlainArguments = {}): PlainArguments {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError("It must be NAME=VALUE.");
  return { ...before, [name]: plainValue(value) };
}

function plainValue(text: string): ScriptArgument {
  try {
    return JSON.parse(text) as ScriptArgument;
  } catch {
    return text;
  }
}

/** A parser of file names that end in one of `extensions`. */
export function fileOfType(...extensions: readonly string[]): (file: string) => string {
  return (file) => {
    if (extensions.includes(path.extname(file))) return file;
    throw new InvalidArgumentError(`Its name must end in ${extensions.join(" or ")}.`);
  };
}

/** A parser of whole numbers from 0 to `max`. */
export function parseUpTo(max: number): (text: string) => number {
  return (text) => {
    if (/^\d{1,15}$/.test(text) && Number(text) <= max) return Number(text);
    throw new InvalidArgumentError(`It must be a whole number from 0 to ${max}.`);
  };
}
