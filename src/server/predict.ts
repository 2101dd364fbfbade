import type { JsonObject, JsonValue } from "../container/index.ts";
import { LIMITS, Tensor, type TensorSpec } from "../core/index.ts";
import type { Model, Outputs } from "../engine/index.ts";
import { type Answer, jsonText } from "./answer.ts";
import type { Call } from "./call.ts";
import { invalid } from "./invalid.ts";
import { elementsFor, isList, readJsonData, rowTexts } from "./json-data.ts";
import { asList, asObject, isObject, parseRequest } from "./request-json.ts";
import { headerTimeoutMs, scheduleOf } from "./schedule.ts";
import type { ServedModel } from "./served-model.ts";

type Rows = readonly JsonValue[];

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
function readInstances(instances: Rows, inputs: readonly TensorSpec[]): Record<string, Tensor> {
  const [first] = instances;
  if (first === undefined) throw invalid("instances is empty");
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

/** A prediction for each instance: the value of the one output, or an object with all. */
function writePredictions(outputs: Outputs, count: number): string {
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
  return `{"predictions":[${rows.join()}]}`;
}

function requireJsonOutputs({ outputs }: Model): void {
  for (const { name, dtype } of outputs) elementsFor(name, dtype);
}

/**
 * Answers `{"instances": [...]}` with `{"predictions": [...]}`, a row for each, as TensorFlow Serving and KServe v1 do.
 * @throws RelayError REQUEST_INVALID, LIMIT_EXCEEDED, MODEL_NOT_READY, and those of Model.infer
 */
export async function answerPredict(served: ServedModel, call: Call): Promise<Answer> {
  const { model } = served;
  requireJsonOutputs(model);
  const instances = asList(asObject(parseRequest(call.body), "the body")["instances"], "instances");
  const inputs = readInstances(instances, model.inputs);
  const outputs = await served.infer(inputs, scheduleOf({}, headerTimeoutMs(call), call.signal), call.watch);
  return jsonText(writePredictions(outputs, instances.length));
}
