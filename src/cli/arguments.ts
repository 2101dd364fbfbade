import path from "node:path";
import { InvalidArgumentError } from "commander";
import type { InputFile } from "./request-inputs.ts";

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
