import type { BatchCall } from "./batch-call.ts";
import { sameGrain } from "./rows.ts";
import { type BatchRule, each, hasRows, type RowOperand, type RuleTable, same } from "./rule.ts";
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

/** Of real tensors, or of the two parts of complex ones, which have the same rows. */
function transform(isApart: (operand: RowOperand, call: BatchCall) => boolean): BatchRule {
  return {
    parameters: ["self", "real", "imaginary"],
    follow: (call) => {
      const [operand, other] = [call.operand("real") ?? call.operand("self"), call.operand("imaginary")];
      if (!hasRows(operand) || !isApart(operand, call)) return undefined;
      if (other === undefined) return operand.rows;
      const isSame = hasRows(other) && other.rows.axis === operand.rows.axis && sameGrain(other.rows, operand.rows);
      return isSame ? operand.rows : undefined;
    },
  };
}

export const REDUCTION_RULES: RuleTable = [
  ...each(
    "sum nansum prod mean nanmean amax amin aminmax max min any all argmax argmin var std var_mean std_mean logsumexp " +
      "special_logsumexp norm linalg_vector_norm count_nonzero median nanmedian mode kthvalue",
    reduction,
  ),
  ...each(
    "softmax _softmax log_softmax _log_softmax special_softmax special_log_softmax cumsum cumprod cummax cummin " +
      "logcumsumexp sort argsort topk",
    same("self", isAlongOther),
  ),
  ...each(
    "fft_fft fft_ifft fft_rfft fft_irfft fft_hfft fft_ihfft fft_fft2 fft_ifft2 fft_rfft2 fft_irfft2 fft_fftn fft_ifftn " +
      "fft_rfftn fft_irfftn _fft_c2c _fft_r2c _fft_c2r",
    transform(isAlongOther),
  ),
  ["istft", transform(({ rank, rows }) => rank === 3 && rows.axis === 0)],
];
