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
export function storage(type: string, count: number, key = "0", view = ""): string {
  return `${tuple(text("storage"), global(type), text(key), text("cpu"), int(count), view)}Q`;
}

export function sizes(values: readonly number[]): string {
  return tuple(...values.map(int));
}

/** A call of `_rebuild_tensor_v2`. */
export function tensor(over: string, offset: number, shape: readonly number[], strides: readonly number[]): string {
  const hooks = call("collections.OrderedDict");
  return call("torch._utils._rebuild_tensor_v2", over, int(offset), sizes(shape), sizes(strides), FALSE, hooks);
}

/** A whole pickle that gives `object`. */
export function pickle(object: string): Buffer {
  return Buffer.from(`\x80\x02${object}.`, "latin1");
}
