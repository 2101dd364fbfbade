/** Opcodes as latin1 text, so that pickles can be written by hand. */

export const NONE = "N";
export const TRUE = "\x88";
export const FALSE = "\x89";

export function byte(value: number): string {
  return String.fromCharCode(value);
}

/** A text of up to 255 characters. */
export function text(value: string): string {
  return `X${String.fromCharCode(value.length, 0, 0, 0)}${value}`;
}

export function longText(value: string): string {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(value.length);
  return `X${length.toString("latin1")}${value}`;
}

/** An integer of 16 bits. */
export function int(value: number): string {
  return `M${String.fromCharCode(value & 255, value >> 8)}`;
}

/** An integer of up to 64 bits, signed. */
export function long(value: number | bigint): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(value));
  return `\x8a\x08${bytes.toString("latin1")}`;
}

export function tuple(...items: readonly string[]): string {
  return `(${items.join("")}t`;
}

export function list(...items: readonly string[]): string {
  return `(${items.join("")}l`;
}

/** A dict of keys and values in turn. */
export function dict(...items: readonly string[]): string {
  return `(${items.join("")}d`;
}

/** @param name `module.name` */
export function global(name: string): string {
  return `c${name.replace(/\.(\w+)$/, "\n$1")}\n`;
}

export function call(name: string, ...args: readonly string[]): string {
  return `${global(name)}${tuple(...args)}R`;
}

/** @param view the sixth element that ids had before torch 1.6 */
export function storage(type: string, count: number | bigint, key = "0", view = ""): string {
  const size = count < 2 ** 16 ? int(Number(count)) : long(count);
  return `${tuple(text("storage"), global(type), text(key), text("cpu"), size, view)}Q`;
}

export function sizes(values: readonly number[]): string {
  return tuple(...values.map(int));
}

/** A call of `_rebuild_tensor_v2`. */
export function tensor(over: string, offset: number, shape: readonly number[], strides: readonly number[]): string {
  const hooks = call("collections.OrderedDict");
  return call("torch._utils._rebuild_tensor_v2", over, int(offset), sizes(shape), sizes(strides), FALSE, hooks);
}

/** The same with an offset, sizes and strides that are no sane ones. */
export function oddTensor(over: string, offset: number, shape: readonly number[], strides: readonly number[]): string {
  const [at, sizes, steps] = [long(offset), tuple(...shape.map(long)), tuple(...strides.map(long))];
  return call("torch._utils._rebuild_tensor_v2", over, at, sizes, steps, FALSE, call("collections.OrderedDict"));
}

/** A whole pickle that gives `object`. */
export function pickle(object: string): Buffer {
  return Buffer.from(`\x80\x02${object}.`, "latin1");
}
