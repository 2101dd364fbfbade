import type { DType, TensorLocation } from "../../../core/index.ts";
import type { TypeExpression } from "../syntax/ast.ts";

/**
 * A value that TorchScript pickled. Lists, dicts and objects may be shared, and then are the same JavaScript object;
 * objects may be cyclic, so who walks them must remember where it was.
 */
export type ScriptValue =
  | ScriptNone
  | ScriptBool
  | ScriptInt
  | ScriptFloat
  | ScriptComplex
  | ScriptString
  | ScriptDevice
  | ScriptTensor
  | ScriptList
  | ScriptTuple
  | ScriptDict
  | ScriptEnum
  | ScriptObject;

export interface ScriptNone {
  readonly kind: "none";
}

export interface ScriptBool {
  readonly kind: "bool";
  readonly value: boolean;
}

export interface ScriptInt {
  readonly kind: "int";
  /** A bigint only where a double would not hold it. */
  readonly value: number | bigint;
}

export interface ScriptFloat {
  readonly kind: "float";
  readonly value: number;
}

export interface ScriptComplex {
  readonly kind: "complex";
  readonly real: number;
  readonly imaginary: number;
}

export interface ScriptString {
  readonly kind: "string";
  readonly value: string;
}

export interface ScriptDevice {
  readonly kind: "device";
  /** `cpu`, `cuda:0` */
  readonly name: string;
}

export interface ScriptTensor {
  readonly kind: "tensor";
  /** Where it lies in the file. Equal storages are the same object. */
  readonly location: TensorLocation;
}

export interface ScriptList {
  readonly kind: "list";
  readonly items: readonly ScriptValue[];
  /** Of the items, where the pickle tells it. */
  readonly elementType: TypeExpression | undefined;
}

/** Named tuples are plain tuples here: their class is only told by the type of where they are. */
export interface ScriptTuple {
  readonly kind: "tuple";
  readonly items: readonly ScriptValue[];
}

export interface ScriptDict {
  readonly kind: "dict";
  readonly entries: readonly (readonly [key: ScriptValue, value: ScriptValue])[];
  readonly keyType: TypeExpression | undefined;
  readonly valueType: TypeExpression | undefined;
}

export interface ScriptEnum {
  readonly kind: "enum";
  readonly className: string;
  readonly value: ScriptValue;
}

/** An object of a class of the archive's code, or of a class that is built into PyTorch. */
export interface ScriptObject {
  readonly kind: "object";
  /** Qualified: `__torch__.torch.nn.modules.linear.Linear`. */
  readonly className: string;
  /** In the order of the class. Empty for objects that have a state. */
  readonly attributes: ReadonlyMap<string, ScriptValue>;
  /** What the class's own `__getstate__` gave: its `__setstate__` makes the attributes of it. */
  readonly state: ScriptValue | undefined;
}

/** An example input of a traced module: a tensor's type without its data. */
export type TracedValue =
  | { readonly kind: "tensor"; readonly dtype: DType; readonly shape: readonly number[] }
  | { readonly kind: "list"; readonly items: readonly TracedValue[] }
  | { readonly kind: "tuple"; readonly items: readonly TracedValue[] }
  | { readonly kind: "dict"; readonly entries: readonly (readonly [key: ScriptValue, value: TracedValue])[] }
  | ScriptNone
  | ScriptBool
  | ScriptInt
  | ScriptFloat
  | ScriptComplex
  | ScriptString
  | ScriptDevice;
