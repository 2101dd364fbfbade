import { ATEN_SCHEMAS } from "./aten-schemas.ts";
import { higherOrderSchemas } from "./higher-order.ts";
import { LIBRARY_SCHEMAS } from "./library-schemas.ts";
import { parseSchema, type Schema, schemaTarget } from "./schema.ts";

/** The known operators, in words until somebody asks for one: a model has a few of a thousand. */
class SchemaTable {
  readonly #texts = new Map([...ATEN_SCHEMAS, ...LIBRARY_SCHEMAS].map((text) => [schemaTarget(text), text]));
  readonly #schemas = new Map(higherOrderSchemas().map((schema) => [schema.target, schema]));
  readonly #overloads = new Map<string, readonly Schema[]>();

  schema(target: string): Schema | undefined {
    const known = this.#schemas.get(target);
    const text = known ? undefined : this.#texts.get(target);
    if (text === undefined) return known;
    const schema = parseSchema(text);
    this.#schemas.set(target, schema);
    return schema;
  }

  overloads(name: string): readonly Schema[] {
    const known = this.#overloads.get(name) ?? this.#findOverloads(`${name}.`);
    if (known.length > 0) this.#overloads.set(name, known);
    return known;
  }

  #findOverloads(prefix: string): readonly Schema[] {
    const targets = new Set([...this.#texts.keys(), ...this.#schemas.keys()]);
    const own = [...targets].filter((target) => target.startsWith(prefix) && !target.includes(".", prefix.length));
    return own.flatMap((target) => this.schema(target) ?? []);
  }
}

function lazy<T>(make: () => T): () => T {
  let value: T | undefined;
  return () => {
    value ??= make();
    return value;
  };
}

const table = lazy(() => new SchemaTable());

/** The schema of a target such as `aten.linear.default`, or undefined when torchrelay does not know the operator. */
export function schemaOf(target: string): Schema | undefined {
  return table().schema(target);
}

/** All overloads of an operator such as `aten.add`; none when torchrelay does not know it. */
export function overloadsOf(name: string): readonly Schema[] {
  return table().overloads(name);
}
