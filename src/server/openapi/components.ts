import type { JsonSchema } from "../../container/index.ts";

/** Values of these keywords are no schemas. */
const VALUES: readonly string[] = ["examples", "enum"];

/** The schemas of a document that have a title: they stand in one place, and are referred to. */
export class Components {
  readonly schemas: Record<string, JsonSchema> = {};

  /** The schema with a reference in the place of each that has a title. */
  refer(schema: JsonSchema): JsonSchema {
    const { title } = schema;
    if (typeof title !== "string") return this.#within(schema);
    this.schemas[title] ??= this.#within(schema);
    return { $ref: `#/components/schemas/${title}` };
  }

  #within(schema: JsonSchema): JsonSchema {
    return Object.fromEntries(
      Object.entries(schema).map(([key, value]) => [key, VALUES.includes(key) ? value : this.#value(value)]),
    );
  }

  #value(value: unknown): unknown {
    if (typeof value !== "object" || value === null) return value;
    return Array.isArray(value) ? value.map((item) => this.#value(item)) : this.refer(value as JsonSchema);
  }
}
