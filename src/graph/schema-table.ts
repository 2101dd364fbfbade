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

function groupByName(schemas: Iterable<Schema>): ReadonlyMap<string, readonly Schema[]> {
  const groups = new Map<string, Schema[]>();
  for (const schema of schemas) {
    const name = schema.target.slice(0, schema.target.lastIndexOf("."));
    const group = groups.get(name);
    if (group) group.push(schema);
    else groups.set(name, [schema]);
  }
  return groups;
}

const byName = lazy(() => groupByName(table().values()));

/** All overloads of an operator such as `aten.add`; none when torchrelay does not know it. */
export function overloadsOf(name: string): readonly Schema[] {
  return byName().get(name) ?? [];
}
