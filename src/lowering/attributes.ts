import type { AttributeProto } from "./onnx-proto.ts";
import { Refusal } from "./refusal.ts";

/** A FLOAT attribute; plain numbers are INT attributes. */
export interface FloatAttribute {
  readonly float: number;
}

type Attribute = number | string | readonly number[] | readonly string[] | FloatAttribute;

export type Attributes = Readonly<Record<string, Attribute | undefined>>;

// AttributeProto.AttributeType
const FLOAT = 1;
const INT = 2;
const STRING = 3;
const INTS = 7;
const STRINGS = 8;

function requireWhole(name: string, values: readonly number[]): void {
  const broken = values.find((value) => !Number.isSafeInteger(value));
  if (broken !== undefined) throw new Refusal(`${name} is ${broken}, which is no whole number`);
}

function areStrings(value: readonly number[] | readonly string[]): value is readonly string[] {
  return typeof value[0] === "string";
}

function attributeProto(name: string, value: Attribute): AttributeProto {
  if (typeof value === "string") return { name, s: value, type: STRING };
  if (typeof value === "object" && "float" in value) return { name, f: value.float, type: FLOAT };
  if (typeof value === "object" && areStrings(value)) return { name, strings: value, type: STRINGS };
  requireWhole(name, [value].flat());
  return typeof value === "number" ? { name, i: value, type: INT } : { name, ints: value, type: INTS };
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
