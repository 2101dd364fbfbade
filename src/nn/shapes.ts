import { type Dim, dimEquals, dimExpression, formatShape, isStatic, numel } from "../core/index.ts";
import { shapeError } from "./shape-error.ts";

type Shape = readonly Dim[];

/** An axis counted from the front. @throws RelayError INPUT_SHAPE */
export function axisOf(shape: Shape, axis: number, what: string): number {
  const { length } = shape;
  if (Number.isInteger(axis) && axis >= -length && axis < length) return axis < 0 ? axis + length : axis;
  throw shapeError(what, shape, `a tensor with an axis ${axis}`);
}

function broadcastDim(a: Dim, b: Dim): Dim | undefined {
  if (a === 1) return b;
  return b === 1 || dimEquals(a, b) ? a : undefined;
}

export function broadcastShapes(a: Shape, b: Shape, what: string): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const dim = broadcastDim(a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1);
    if (dim === undefined) throw shapeError(what, a, `what can be broadcast with ${formatShape(b)}`);
    return dim;
  });
}

/** As `torch.matmul`: a vector stands for a matrix of one row on the left, of one column on the right. */
export function matmulShape(a: Shape, b: Shape): Shape {
  const left = a.length === 1 ? [1, ...a] : a;
  const right = b.length === 1 ? [...b, 1] : b;
  const [rows, inner] = left.slice(-2);
  const [outer, columns] = right.slice(-2);
  const fits = inner !== undefined && outer !== undefined && dimEquals(inner, outer);
  if (!fits || rows === undefined || columns === undefined)
    throw shapeError("matmul", a, `[…, n, k] for ${formatShape(b)}`);
  const batch = broadcastShapes(left.slice(0, -2), right.slice(0, -2), "matmul");
  return [...batch, ...(a.length === 1 ? [] : [rows]), ...(b.length === 1 ? [] : [columns])];
}

/** The shape after the axes are reduced to one place, or away. */
export function reducedShape(shape: Shape, axes: readonly number[], keepdim: boolean): Shape {
  return shape.flatMap((dim, axis) => (axes.includes(axis) ? (keepdim ? [1] : []) : [dim]));
}

/** The number and the symbolic factors of a product of dimensions. */
function factorsOf(shape: Shape): { readonly number: number; readonly symbols: readonly Dim[] } {
  const factors = shape.flatMap((dim) => (typeof dim === "object" && dim.op === "mul" ? dim.args : [dim]));
  const numbers = factors.filter((factor) => typeof factor === "number");
  return { number: numel(numbers), symbols: factors.filter((factor) => typeof factor !== "number") };
}

/** `a / b` of two products of dimensions, equal factors cancelled. */
function quotient(a: Shape, b: Shape): Dim {
  const [over, under] = [factorsOf(a), factorsOf(b)];
  const rest = [...over.symbols];
  const left = under.symbols.filter((symbol) => {
    const at = rest.findIndex((other) => dimEquals(symbol, other));
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
  const ratio = over.number / under.number;
  if (left.length === 0 && Number.isInteger(ratio)) return numel([ratio, ...rest]);
  return dimExpression("floordiv", numel([over.number, ...rest]), numel([under.number, ...left]));
}

/** `sizes` with the size that is -1 computed from the rest. @throws RelayError INPUT_SHAPE when the elements do not fit. */
export function reshapedShape(shape: Shape, sizes: Shape): Shape {
  const known = sizes.filter((size) => size !== -1);
  const filled = sizes.map((size) => (size === -1 ? quotient(shape, known) : size));
  const isWrong = isStatic(shape) && isStatic(filled) && numel(shape) !== numel(filled);
  if (isWrong || sizes.length - known.length > 1) throw shapeError("reshape", shape, `what fits ${formatShape(sizes)}`);
  return filled;
}

export function flattenedShape(shape: Shape, start: number, end: number): Shape {
  return [...shape.slice(0, start), numel(shape.slice(start, end + 1)), ...shape.slice(end + 1)];
}

/** The shape of `a` and `b` side by side on `axis`. */
export function joinedShape(a: Shape, b: Shape, axis: number): Shape {
  const fits = a.length === b.length && a.every((dim, i) => i === axis || dimEquals(dim, b[i] ?? 0));
  if (!fits) throw shapeError("cat", b, `${formatShape(a)} but for axis ${axis}`);
  return a.with(axis, dimExpression("add", a[axis] ?? 0, b[axis] ?? 0));
}

/** How a window moves along one axis; all in elements. */
export interface Window {
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
  readonly dilation: number;
}

/** How many places a window has along an axis of `size`; with `ceil`, one may reach past the end but starts inside. */
export function windowCount(size: Dim, { kernel, stride, padding, dilation }: Window, ceil = false): Dim {
  const room = dimExpression("add", size, 2 * padding - dilation * (kernel - 1) - 1);
  const count = (space: Dim) => dimExpression("add", dimExpression("floordiv", space, stride), 1);
  if (!ceil) return count(room);
  return dimExpression(
    "min",
    count(dimExpression("add", room, stride - 1)),
    count(dimExpression("add", size, padding - 1)),
  );
}
