import { type BatchRule, each, hasRows, type RuleTable, same } from "./rule.ts";
import { isAlongOther } from "./shape-rules.ts";

/** Axes `dim` become one place or none; rows stay apart when theirs is not among them. */
const reduction: BatchRule = {
  parameters: ["self"],
  follow: (call) => {
    const self = call.operand("self");
    const axes = self && call.axes("dim", self.rank);
    if (!hasRows(self) || !axes || axes.includes(self.rows.axis)) return undefined;
    if (call.args["keepdim"] === true) return self.rows;
    return { ...self.rows, axis: self.rows.axis - new Set(axes.filter((axis) => axis < self.rows.axis)).size };
  },
};

export const REDUCTION_RULES: RuleTable = [
  ...each(
    "sum nansum prod mean nanmean amax amin aminmax max min any all argmax argmin var std var_mean std_mean logsumexp " +
      "special_logsumexp norm linalg_vector_norm count_nonzero median nanmedian mode kthvalue",
    reduction,
  ),
  ...each(
    "softmax _softmax log_softmax _log_softmax special_softmax special_log_softmax cumsum cumprod cummax cummin " +
      "logcumsumexp sort argsort topk fft_fft fft_ifft fft_rfft fft_irfft",
    same("self", isAlongOther),
  ),
];
