import { ONE } from "./product.ts";
import { type BatchRule, each, hasRows, type RuleTable } from "./rule.ts";
import { alike } from "./shape-rules.ts";

/** One constant everywhere; of `self`, only the dtype counts. */
const constant: BatchRule = {
  parameters: ["self"],
  takesSizes: true,
  takesNumbers: true,
  follow: (call) => (call.isSize("fill_value") ? undefined : alike(call)),
};

/** One constant in the shape of `self`. */
const constantLike: BatchRule = {
  parameters: ["self"],
  takesNumbers: true,
  follow: (call) => {
    const self = call.operand("self");
    return hasRows(self) ? { ...self.rows, areNumbers: false } : undefined;
  },
};

const INDEX_DTYPES: ReadonlySet<string | undefined> = new Set(["int64", "int32"]);

/** From 0 to the number of rows: the number of each row. */
const rowNumbers: BatchRule = {
  parameters: [],
  takesSizes: true,
  follow: (call) => {
    const [dim, ...more] = call.shape;
    const isOneEach = typeof dim === "object" && dim.op === "symbol" && dim.name === call.symbol && more.length === 0;
    const { start = 0, step = 1 } = call.args;
    const isCounting = start === 0 && step === 1 && INDEX_DTYPES.has(call.dtype);
    return isOneEach && isCounting ? { axis: 0, outer: ONE, inner: ONE, areNumbers: true } : undefined;
  },
};

export const CREATION_RULES: RuleTable = [
  ...each("zeros ones full empty new_zeros new_ones new_full new_empty", constant),
  ...each("zeros_like ones_like full_like empty_like", constantLike),
  ["arange", rowNumbers],
];
