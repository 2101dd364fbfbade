import { type DType, shapeEquals } from "../core/index.ts";
import { mutationError } from "./mutation-error.ts";
import type { Call, GraphRewriter } from "./rewriter.ts";
import type { Parameter, Schema } from "./schema.ts";
import { schemaOf } from "./schema-table.ts";
import { twinDType, twinOf } from "./twins.ts";
import { type Argument, isValueRef, type Node, type TensorType, type Value } from "./types.ts";

type TensorValue = Value & { readonly type: TensorType };

const isTensor = (value: Value): value is TensorValue => value.type.kind === "tensor";

/** The argument that these write over all of `self`, broadcast and converted. */
const OVERWRITES: ReadonlyMap<string, string> = new Map([
  ["copy_", "src"],
  ["fill_", "value"],
]);

export const isWritten = ({ type }: Parameter): boolean => type.alias?.write === true;

/** Whether an operator changes one of its arguments. */
export function isMutating({ target }: Node): boolean {
  return schemaOf(target)?.parameters.some(isWritten) ?? false;
}

/** The one tensor that an in-place operator changes. @throws RelayError MUTATION_UNSUPPORTED when there are more. */
export function changedTensor(node: Node, schema: Schema): TensorValue {
  const [changed, ...more] = schema.parameters.filter(isWritten);
  const arg = changed && node.args[changed.name];
  if (isValueRef(arg) && isTensor(arg.value) && more.length === 0) return arg.value;
  throw mutationError(node, "it changes more than one tensor", "export the model after model.eval()");
}

/** An in-place operator at work: `node` has current arguments, `self` is what the changed tensor shows before. */
export interface Write {
  readonly node: Node;
  readonly schema: Schema;
  readonly self: TensorValue;
  readonly rewriter: GraphRewriter;
}

/** Emits the last call of a write; its result goes by the name of the in-place operator's. */
function emitLast({ node, self, rewriter }: Write, call: Call): Value {
  return rewriter.call(call, self.type, node.origin, node.outputs[0] ?? undefined);
}

function fill(write: Write, value: Argument): Value {
  return emitLast(write, {
    target: "aten.full_like.default",
    args: { self: { value: write.self }, fill_value: value },
  });
}

const cast = (value: Value, dtype: DType): Call => ({
  target: "aten._to_copy.default",
  args: { self: { value }, dtype },
});

/** `source`, converted and broadcast to be like `self`. */
function spread(write: Write, source: TensorValue): Value {
  const { self, node, rewriter } = write;
  const { type } = source;
  if (shapeEquals(type.shape, self.type.shape)) {
    return type.dtype === self.type.dtype ? source : emitLast(write, cast(source, self.type.dtype));
  }
  const { dtype } = self.type;
  const converted = type.dtype === dtype ? source : rewriter.call(cast(source, dtype), { ...type, dtype }, node.origin);
  const args = { self: { value: converted }, other: { value: self } };
  return emitLast(write, { target: "aten.expand_as.default", args });
}

/** The result of the functional twin; it computes in the promoted dtype and is put back into that of `self`. */
function combine(write: Write, twin: Schema): Value {
  const { node, schema, self, rewriter } = write;
  const given = schema.parameters.map(({ name }) => node.args[name] ?? null);
  const args = Object.fromEntries(twin.parameters.map(({ name }, index) => [name, given[index] ?? null]));
  const dtype = twinDType(twin, self.type, given);
  if (dtype === undefined) throw mutationError(node, "PyTorch has no common dtype for its operands", "cast them first");
  const call = { target: twin.target, args };
  if (dtype === self.type.dtype) return emitLast(write, call);
  return emitLast(write, cast(rewriter.call(call, { ...self.type, dtype }, node.origin), self.type.dtype));
}

/** What an in-place operator leaves in the tensor it changes. One without a twin stays, for its result. */
export function writtenValue(write: Write): Value {
  const { node, schema, rewriter } = write;
  if (schema.name === "zero_") return fill(write, 0);
  const overwriting = OVERWRITES.get(schema.name);
  if (overwriting !== undefined) {
    const content = node.args[overwriting] ?? null;
    return isValueRef(content) && isTensor(content.value) ? spread(write, content.value) : fill(write, content);
  }
  const twin = twinOf(schema);
  if (twin !== undefined) return combine(write, twin);
  rewriter.keep(node);
  return node.outputs[0] ?? write.self;
}
