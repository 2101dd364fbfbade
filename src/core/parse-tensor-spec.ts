import { type Dim, symbol } from "./dim.ts";
import { isDType } from "./dtype.ts";
import { RelayError } from "./errors.ts";
import type { TensorSpec } from "./signature.ts";

const SPEC = /^([^:=]+):(\w+)\[([\w\s,]*)\]$/;
const SYMBOL = /^[A-Za-z_]\w*$/;

function parseSize(text: string): Dim | undefined {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  return SYMBOL.test(text) ? symbol(text) : undefined;
}

/** Reads `x:float32[batch,3,224,224]`: a name, a dtype, and sizes, of which names stand for any. @throws RelayError OPTION_INVALID */
export function parseTensorSpec(text: string): TensorSpec {
  const [, name = "", dtype = "", sizes = ""] = SPEC.exec(text) ?? [];
  const parts = sizes.trim() === "" ? [] : sizes.split(",").map((size) => parseSize(size.trim()));
  const shape = parts.filter((size) => size !== undefined);
  if (name !== "" && isDType(dtype) && shape.length === parts.length) return { name, dtype, shape };
  const legal = "NAME:DTYPE[SIZES], such as x:float32[batch,3,224,224]";
  throw new RelayError("OPTION_INVALID", { option: "inputs", given: text, legal });
}
