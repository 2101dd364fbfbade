import { parseSchema, type Schema } from "./schema.ts";

/** The operands that a subgraph takes: those of a list, or a slice along the first axis of each. */
export interface OperandList {
  readonly parameter: string;
  readonly isSliced: boolean;
}

/** A parameter of an operator that is a graph, and how the graph fits the call. */
export interface SubgraphUse {
  readonly parameter: string;
  /** What the inputs of the graph are, in order. */
  readonly takes: readonly OperandList[];
  /** What the outputs of the graph are: the results of the call, or whether to go on. */
  readonly gives: "results" | "condition";
}

/** An operator that runs subgraphs. */
interface HigherOrderOperator {
  readonly schema: Schema;
  readonly uses: readonly SubgraphUse[];
}

/** `xs*` stands for slices of `xs`. */
function use(parameter: string, takes: string, gives: SubgraphUse["gives"] = "results"): SubgraphUse {
  const lists = takes.split(" ").map((list) => ({ parameter: list.replace("*", ""), isSliced: list.endsWith("*") }));
  return { parameter, takes: lists, gives };
}

function operator(signature: string, ...uses: readonly SubgraphUse[]): HigherOrderOperator {
  const schema = parseSchema(`higher_order::${signature} -> Any[]`);
  return { schema: { ...schema, target: `higher_order.${schema.name}` }, uses };
}

const LOOPED = "carried_inputs additional_inputs";

const OPERATORS: readonly HigherOrderOperator[] = [
  operator(
    "cond(Any pred, Graph true_fn, Graph false_fn, Any[] operands)",
    use("true_fn", "operands"),
    use("false_fn", "operands"),
  ),
  operator(
    "while_loop(Graph cond_fn, Graph body_fn, Any[] carried_inputs, Any[] additional_inputs)",
    use("cond_fn", LOOPED, "condition"),
    use("body_fn", LOOPED),
  ),
  operator(
    "scan(Graph combine_fn, Any[] init, Any[] xs, Any[] additional_inputs)",
    use("combine_fn", "init xs* additional_inputs"),
  ),
  operator("map_impl(Graph f, Any[] xs, Any[] pos_args)", use("f", "xs* pos_args")),
  operator(
    "associative_scan(Graph combine_fn, Any[] xs, Any[] additional_inputs)",
    use("combine_fn", "xs* xs* additional_inputs"),
  ),
];

/** The schemas of the operators that run subgraphs; PyTorch has none, so that the names are those of its functions. */
export function higherOrderSchemas(): readonly Schema[] {
  return OPERATORS.map(({ schema }) => schema);
}

/** The parameters of an operator that runs subgraphs, in order; undefined for an ordinary operator. */
export function higherOrderParameters(target: string): readonly string[] | undefined {
  return OPERATORS.find(({ schema }) => schema.target === target)?.schema.parameters.map(({ name }) => name);
}

/** The subgraphs of an operator and how they fit its calls; none for an ordinary operator. */
export function subgraphUses(target: string): readonly SubgraphUse[] {
  return OPERATORS.find(({ schema }) => schema.target === target)?.uses ?? [];
}
