import type { Attributes } from "./attributes.ts";
import type { Emitter } from "./emitter.ts";
import { Formula } from "./formula.ts";
import type { OnnxOpName } from "./onnx-ops.ts";
import type { Operand } from "./operand.ts";
import type { Opset } from "./opset.ts";
import { Refusal } from "./refusal.ts";

/** A node as rules ask for it. */
export interface NodeRequest {
  readonly op: OnnxOpName;
  readonly inputs: readonly (Operand | undefined)[];
  readonly attributes: Attributes;
}

/** What does the same before an opset: a node in its older form, or other nodes with their result. */
interface OlderForm {
  readonly before: Opset;
  readonly form: (emit: Emitter, request: NodeRequest) => NodeRequest | Operand;
}

function refused(before: Opset): OlderForm {
  const form = (_: Emitter, { op }: NodeRequest) => {
    throw new Refusal(`${op} needs opset ${before}`);
  };
  return { before, form };
}

function first({ inputs: [input], op }: NodeRequest): Operand {
  if (!input) throw new Refusal(`${op} has no operand`);
  return input;
}

/** x * (1 + f(x)) / 2 */
function gelu(emit: Emitter, request: NodeRequest): Operand {
  const x = first(request);
  const f = new Formula(emit);
  const inner =
    request.attributes["approximate"] === "tanh"
      ? emit.op("Tanh", [f.mul(f.add(x, f.mul(f.square(x), x, 0.044715)), Math.sqrt(2 / Math.PI))])
      : emit.op("Erf", [f.mul(x, Math.SQRT1_2)]);
  return f.mul(f.mul(x, 0.5), f.add(inner, 1));
}

function mish(emit: Emitter, request: NodeRequest): Operand {
  const x = first(request);
  return emit.op("Mul", [x, emit.op("Tanh", [emit.op("Softplus", [x])])]);
}

const OLD_MODES: Readonly<Record<string, string>> = { linear: "bilinear", cubic: "bicubic", nearest: "nearest" };

function gridSample(_: Emitter, request: NodeRequest): NodeRequest {
  const input = first(request);
  const { mode, ...others } = request.attributes;
  if (!("shape" in input && Array.isArray(input.shape) && input.shape.length === 4)) {
    throw new Refusal("GridSample of volumes needs opset 20");
  }
  if (input.dtype === "float64") throw new Refusal("GridSample of float64 needs opset 20");
  return { ...request, attributes: { ...others, mode: OLD_MODES[String(mode)] } };
}

/** The axes were an attribute. */
function reduction(emit: Emitter, request: NodeRequest): NodeRequest {
  const [input, given] = request.inputs;
  const axes = given && emit.int64Elements(given);
  if (given && !axes) throw new Refusal(`${request.op} along axes that are computed needs opset 18`);
  return { ...request, inputs: [input], attributes: { ...request.attributes, ...(axes && { axes }) } };
}

/** The axis was an attribute. */
function transform(emit: Emitter, request: NodeRequest): NodeRequest {
  const [input, length, given] = request.inputs;
  const axis = given && emit.int64Elements(given)?.[0];
  return { ...request, inputs: [input, length], attributes: { ...request.attributes, axis } };
}

/** Without sizes the pieces were always equal. */
function split(_: Emitter, request: NodeRequest): NodeRequest {
  const { num_outputs: _equal, ...attributes } = request.attributes;
  return { ...request, attributes };
}

function pad(_: Emitter, request: NodeRequest): NodeRequest {
  if (request.attributes["mode"] === "wrap") throw new Refusal("Pad with wrap needs opset 19");
  return request;
}

function scatter(_: Emitter, request: NodeRequest): NodeRequest {
  const { reduction: how } = request.attributes;
  if (how === "max" || how === "min") throw new Refusal(`${request.op} with ${how} needs opset 18`);
  return request;
}

const BEFORE_18: OlderForm = { before: 18, form: reduction };

/** Where an operator is not what it is in opset 20. */
const OLDER_FORMS: Readonly<Partial<Record<OnnxOpName, OlderForm>>> = {
  BitwiseAnd: refused(18),
  BitwiseNot: refused(18),
  BitwiseOr: refused(18),
  BitwiseXor: refused(18),
  Col2Im: refused(18),
  DFT: { before: 20, form: transform },
  Gelu: { before: 20, form: gelu },
  GridSample: { before: 20, form: gridSample },
  Mish: { before: 18, form: mish },
  Pad: { before: 19, form: pad },
  ReduceL1: BEFORE_18,
  ReduceL2: BEFORE_18,
  ReduceLogSumExp: BEFORE_18,
  ReduceMax: BEFORE_18,
  ReduceMean: BEFORE_18,
  ReduceMin: BEFORE_18,
  ReduceProd: BEFORE_18,
  ScatterElements: { before: 18, form: scatter },
  ScatterND: { before: 18, form: scatter },
  Split: { before: 18, form: split },
};

/** What stands for a node in an opset. @throws Refusal naming what the opset lacks */
export function inOpset(emit: Emitter, request: NodeRequest, opset: Opset): NodeRequest | Operand {
  const older = OLDER_FORMS[request.op];
  return older && opset < older.before ? older.form(emit, request) : request;
}
