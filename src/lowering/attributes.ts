import type { AttributeProto } from "./onnx-proto.ts";
import { Refusal } from "./refusal.ts";

/** A FLOAT attribute; plain numbers are INT attributes. */
export interface FloatAttribute {
  readonly float: number;
}

export type Attributes = Readonly<
  Record<string, number | string | readonly number[] | readonly string[] | FloatAttribute | undefined>
>;

// AttributeProto.AttributeType
const FLOAT = 1;
const INT = 2;
const STRING = 3;
const INTS = 7;
const STRINGS = 8;

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === "string");
}

function requireWhole(name: string, values: readonly number[]): void {
  const broken = values.find((value) => !Number.isSafeInteger(value));
  if (broken !== undefined) throw new Refusal(`${name} is ${broken}, which is no whole number`);
}

function attributeProto(name: string, value: Exclude<Attributes[string], undefined>): AttributeProto {
  if (isStrings(value)) return { name, strings: value, type: STRINGS };
  if (typeof value === "number" || Array.isArray(value)) requireWhole(name, [value].flat() as readonly number[]);
  if (typeof value === "number") return { name, i: value, type: INT };
  if (typeof value === "string") return { name, s: value, type: STRING };
  if ("float" in value) return { name, f: value.float, type: FLOAT };
  return { name, ints: value as readonly number[], type: INTS };
}

/** The attributes that are given, as ONNX writes them. */
export function attributeProtos(attributes: Attributes): readonly AttributeProto[] {
  return Object.entries(attributes).flatMap(([name, value]) =>
    value === undefined ? [] : [attributeProto(name, value)],
  );
}

export function float(value: number): FloatAttribute {
  return { float: value };
}
