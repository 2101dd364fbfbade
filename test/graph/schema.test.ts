import { describe, expect, test } from "vitest";
import { formatSchemaType } from "../../src/graph/argument-kinds.ts";
import { ATEN_SCHEMAS } from "../../src/graph/aten-schemas.ts";
import { parseSchema, schemaOf } from "../../src/graph/index.ts";
import { twinOf } from "../../src/graph/twins.ts";

const tensor = { base: "Tensor", list: false, optional: false, optionalElements: false };

describe("parseSchema", () => {
  test("names, optional types, defaults and keyword-only parameters", () => {
    const text =
      "aten::sum.dim_IntList(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor";
    expect(parseSchema(text)).toEqual({
      target: "aten.sum.dim_IntList",
      name: "sum",
      parameters: [
        { name: "self", type: tensor, keywordOnly: false },
        {
          name: "dim",
          type: { base: "int", list: true, length: 1, optional: true, optionalElements: false },
          keywordOnly: false,
        },
        { name: "keepdim", type: { ...tensor, base: "bool" }, keywordOnly: false, default: false },
        { name: "dtype", type: { ...tensor, base: "ScalarType", optional: true }, keywordOnly: true, default: null },
      ],
      returns: [tensor],
    });
  });

  test("what is written, and lists of optional tensors", () => {
    const schema = parseSchema("aten::index_put_(Tensor(a!) self, Tensor?[] indices, Tensor values) -> Tensor(a!)");
    const written = { ...tensor, alias: { set: "a", write: true } };
    expect(schema.parameters.map(({ type }) => type)).toEqual([
      written,
      { ...tensor, list: true, optionalElements: true },
      tensor,
    ]);
    expect(schema.returns).toEqual([written]);
    expect(schema.target).toBe("aten.index_put_.default");
  });

  test("views with a list of results", () => {
    const schema = parseSchema("aten::split.Tensor(Tensor(a -> *) self, SymInt split_size, int dim=0) -> Tensor(a)[]");
    expect(schema.parameters[0]?.type.alias).toEqual({ set: "a", write: false });
    expect(schema.returns).toEqual([{ ...tensor, list: true, alias: { set: "a", write: false } }]);
  });

  test.for([
    ["SymInt[2] stride=[1, 1]", [1, 1]],
    ["int[2] padding=0", [0, 0]],
    ["int[2] stride=[]", []],
    ["SymInt[]? size=None", null],
    ['str mode="constant"', "constant"],
    ["float eps=1e-05", 1e-5],
    ["Scalar beta=1", 1],
    ["SymInt? end=-1", -1],
    ["bool ceil_mode=True", true],
    ["MemoryFormat memory_format=contiguous_format", "contiguous_format"],
  ] as const)("the default of %s", ([parameter, value]) => {
    expect(parseSchema(`aten::f(Tensor self, ${parameter}) -> Tensor`).parameters[1]?.default).toEqual(value);
  });

  test("no results, and several named ones", () => {
    expect(parseSchema("aten::_assert_async(Tensor self) -> ()").returns).toEqual([]);
    expect(parseSchema("aten::max.dim(Tensor self, int dim) -> (Tensor values, Tensor indices)").returns).toEqual([
      tensor,
      tensor,
    ]);
  });
});

describe("the table of schemas", () => {
  const schemas = ATEN_SCHEMAS.map(parseSchema);

  test("knows the operators of mainstream models by target", () => {
    const targets =
      "linear.default add.Tensor conv2d.default conv2d.padding batch_norm.default layer_norm.default to.dtype_layout";
    const missing = targets.split(" ").filter((target) => schemaOf(`aten.${target}`) === undefined);
    expect(missing).toEqual([]);
    expect(schemaOf("aten.nonsense.default")).toBeUndefined();
    expect(new Set(schemas.map(({ target }) => target)).size).toBe(schemas.length);
  });

  test("every twin takes what its in-place operator takes", () => {
    const kinds = (schema: (typeof schemas)[number]) => schema.parameters.map(({ type }) => formatSchemaType(type));
    const pairs = schemas
      .filter(({ parameters }) => parameters[0]?.type.alias?.write)
      .flatMap((schema) => {
        const twin = twinOf(schema);
        return twin ? [[schema, twin] as const] : [];
      });
    expect(pairs.length).toBeGreaterThan(150);
    for (const [schema, twin] of pairs) expect([twin.target, kinds(twin)]).toEqual([twin.target, kinds(schema)]);
  });

  test("the in-place operators without a twin are known by name", () => {
    const alone = schemas.filter((schema) => schema.parameters[0]?.type.alias?.write && !twinOf(schema));
    expect(alone.map(({ target }) => target)).toMatchInlineSnapshot(`
      [
        "aten.cauchy_.default",
        "aten.fill_diagonal_.default",
        "aten.geometric_.default",
        "aten.log_normal_.default",
        "aten.normal_.default",
        "aten.random_.default",
        "aten.random_.from",
        "aten.random_.to",
        "aten.requires_grad_.default",
        "aten.resize_.default",
        "aten.set_.default",
        "aten.set_.source_Storage",
        "aten.set_.source_Storage_storage_offset",
        "aten.set_.source_Tensor",
        "aten.set_.source_Tensor_storage_offset",
      ]
    `);
  });
});
