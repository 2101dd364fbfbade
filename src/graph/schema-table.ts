import { ATEN_SCHEMAS } from "./aten-schemas.ts";
import { higherOrderSchemas } from "./higher-order.ts";
import { LIBRARY_SCHEMAS } from "./library-schemas.ts";
import { parseSchema, type Schema } from "./schema.ts";

function lazy<T>(make: () => T): () => T {
  let value: T | undefined;
  return () => {
    value ??= make();
    return value;
  };
}

const table = lazy(
  (): ReadonlyMap<string, Schema> =>
    new Map(
      [...[...ATEN_SCHEMAS, ...LIBRARY_SCHEMAS].map(parseSchema), ...higherOrderSchemas()].map((schema) => [
        schema.target,
        schema,
      ]),
    ),
);

/** The schema of a target such as `aten.linear.default`, or undefined when torchrelay does not know the operator. */
export function schemaOf(target: string): Schema | undefined {
  return table().get(target);
}
