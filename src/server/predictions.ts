import type { JsonObject, JsonValue } from "../container/index.ts";
import { LIMITS, Tensor, type TensorSpec } from "../core/index.ts";
import type { Outputs } from "../engine/index.ts";
import { type Answer, jsonText } from "./answer.ts";
import { bodyParser } from "./body-parser.ts";
import { invalid } from "./invalid.ts";
import { isList, readJsonData, rowTexts } from "./json-data.ts";
import { asObject, isObject } from "./request-json.ts";
import { PREDICT_REQUEST } from "./schemas.ts";

type Rows = readonly JsonValue[];

const parsePredictRequest = bodyParser<{ readonly instances: Rows }>(PREDICT_REQUEST);

/** To be called before the first request comes, which would have to wait for it. */
export const prepareInstances: () => void = parsePredictRequest.prepare;

/** The shape that the nesting of the first elements tells; the others are held to it. */
function shapeOf(rows: Rows, name: string): number[] {
  const shape: number[] = [];
  for (let value: JsonValue | undefined = rows; isList(value); value = value[0]) {
    if (shape.push(value.length) > LIMITS.tensorRank)
      throw invalid(`${name} is nested deeper than ${LIMITS.tensorRank}`);
  }
  return shape;
}

function stack({ name, dtype }: TensorSpec, rows: Rows): Tensor {
  const shape = shapeOf(rows, name);
  return new Tensor(dtype, readJsonData(rows, { name, dtype, shape }), shape);
}

/** The values of one input, of instances that are objects. */
function columnOf(instances: readonly JsonObject[], name: string): Rows {
  return instances.map((instance, i) => {
    const value = instance[name];
    if (value === undefined) throw invalid(`instance ${i} lacks ${name}`);
    return value;
  });
}

function readColumns(instances: readonly JsonObject[], specs: readonly TensorSpec[]): Record<string, Tensor> {
  const names = specs.map(({ name }) => name);
  const unknown = instances.flatMap((instance) => Object.keys(instance)).find((name) => !names.includes(name));
  if (unknown !== undefined) throw invalid(`instances have ${unknown}; the model takes ${names.join(", ")}`);
  return Object.fromEntries(specs.map((spec) => [spec.name, stack(spec, columnOf(instances, spec.name))]));
}

/** Instances are values of the one input, or objects with a value for each. */
function readRows(instances: Rows, inputs: readonly TensorSpec[]): Record<string, Tensor> {
  const [first] = instances;
  if (isObject(first)) {
    return readColumns(
      instances.map((instance, i) => asObject(instance, `instance ${i}`)),
      inputs,
    );
  }
  const [input, ...others] = inputs;
  if (input && others.length === 0) return { [input.name]: stack(input, instances) };
  const names = inputs.map(({ name }) => name).join(", ");
  throw invalid(`the model takes ${names}; each instance must be an object with these`);
}

/** The rows of a request, put together. */
export interface Instances {
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly count: number;
}

/** Reads `{"instances": [...]}`. @throws RelayError REQUEST_INVALID, LIMIT_EXCEEDED */
export function readInstances(body: Uint8Array, inputs: readonly TensorSpec[]): Instances {
  const { instances } = parsePredictRequest(body);
  return { inputs: readRows(instances, inputs), count: instances.length };
}

/**
 * Writes `{"predictions": [...]}`: for each instance the value of the one output, or an object with all.
 * @throws RelayError REQUEST_INVALID
 */
export function writePredictions(outputs: Outputs, count: number): Answer {
  const columns = Object.entries(outputs).map(([name, tensor]) => {
    if (tensor.shape[0] !== count) throw invalid(`${name} has no row for each instance; use /v2/models/NAME/infer`);
    return { name: JSON.stringify(name), texts: rowTexts(name, tensor) };
  });
  const [only, ...others] = columns;
  const rows = Array.from({ length: count }, (_, row) =>
    only && others.length === 0
      ? only.texts[row]
      : `{${columns.map(({ name, texts }) => `${name}:${texts[row]}`).join()}}`,
  );
  return jsonText(`{"predictions":[${rows.join()}]}`);
}
