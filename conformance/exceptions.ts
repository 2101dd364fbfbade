import type { Tolerance } from "./compare.ts";

/** Cases, by their names without that of the bundle, that need more than the default tolerance, and why. */
export const TOLERANCES: Readonly<Record<string, Tolerance>> = {
  // Sums of products of hundreds cancel: PyTorch itself is 6e-5 from its float64 result.
  "nn.functional.multi_head_attention_forward.float32.140": { relative: 1e-4, absolute: 1e-4 },
  "nn.functional.multi_head_attention_forward.float32.188": { relative: 1e-4, absolute: 1e-4 },
  // PyTorch is as far from its float64 result: 3e-6 of the greatest element, which is 9e4.
  "matrix_exp.float32.1": { relative: 1e-4, absolute: 0.5 },
};

/** Cases that give positions of which PyTorch does not define which of equal elements they name. */
export const ANY_OF_EQUAL_POSITIONS: RegExp =
  /(^|\/)(argsort|sort|topk|kthvalue|mode|median|nanmedian|masked\.median)\.\w+\.\d+$/;

/** Operators that exports fold away or that only other front ends write; test/lowering runs them. */
export const PROVEN_ELSEWHERE: ReadonlySet<string> = new Set([
  "_operator.and_",
  "_operator.eq",
  "_operator.ge",
  "_operator.gt",
  "_operator.le",
  "_operator.lt",
  "_operator.ne",
  "_operator.or_",
  "_operator.pos",
  "aten._native_batch_norm_legit_functional.default",
  "aten.lift_fresh.default",
  "aten.numel.default",
  "aten.size.int",
  "torch.sym_int",
  "torch.sym_ite",
  "torch.sym_not",
  "torch.sym_sqrt",
]);

/** Cases that are refused, by what the refusal says. */
export const EXPECTED_REFUSALS: Readonly<Record<string, readonly string[]>> = {
  "16-bit floats, in which it may overflow on the way": [
    "float16/matrix_exp.float16.0",
    "float16/matrix_exp.float16.1",
  ],
  "a matrix larger than 32": ["float32/linalg.pinv.singular.float32.11", "float32/linalg.pinv.singular.float32.33"],
  "it is random; export after model.eval()": [
    "float16/nn.functional.dropout.float16.18",
    "float16/nn.functional.dropout2d.float16.12",
    "float16/nn.functional.dropout3d.float16.12",
    "float16/nn.functional.multi_head_attention_forward.float16.191",
    "float32/nn.functional.alpha_dropout.float32.16",
    "float32/nn.functional.alpha_dropout.float32.4",
    "float32/nn.functional.alpha_dropout.float32.8",
    "float32/nn.functional.dropout.float32.16",
    "float32/nn.functional.dropout.float32.4",
    "float32/nn.functional.dropout.float32.8",
    "float32/nn.functional.dropout2d.float32.12",
    "float32/nn.functional.dropout3d.float32.12",
    "float32/nn.functional.multi_head_attention_forward.float32.141",
    "float32/nn.functional.multi_head_attention_forward.float32.47",
    "float32/nn.functional.scaled_dot_product_attention.float32.18",
    "float32/nn.functional.scaled_dot_product_attention.float32.6",
  ],
  "it is random; export after model.eval(), or load with allowNondeterministic": [
    "float32/nn.functional.feature_alpha_dropout.with_train.float32.1",
    "float32/nn.functional.feature_alpha_dropout.with_train.float32.2",
    "float32/nn.functional.feature_alpha_dropout.with_train.float32.4",
    "float32/nn.functional.rrelu.float32.0",
    "float32/nn.functional.rrelu.float32.1",
    "float32/nn.functional.rrelu.float32.2",
  ],
  "it updates its running statistics; export after model.eval()": [
    "float16/native_batch_norm.float16.0",
    "float16/nn.functional.batch_norm.float16.0",
    "float16/nn.functional.instance_norm.float16.0",
    "float32/native_batch_norm.float32.0",
    "float32/native_batch_norm.float32.2",
    "float32/native_batch_norm.float32.3",
    "float32/nn.functional.batch_norm.float32.0",
    "float32/nn.functional.batch_norm.float32.2",
    "float32/nn.functional.batch_norm.float32.8",
    "float32/nn.functional.instance_norm.float32.0",
    "float32/nn.functional.instance_norm.float32.1",
    "float32/nn.functional.instance_norm.float32.2",
    "float32/nn.functional.instance_norm.float32.3",
    "float32/nn.functional.instance_norm.float32.4",
  ],
  "it computes on complex numbers": ["complex/diff.complex64.31", "complex/istft.complex64.8"],
  "the size of the plane is not known when the model is loaded": ["precisions/unet.float64"],
  "the number of channels is not known when the model is loaded": ["float32/nn.functional.batch_norm.float32.4"],
};

const REASONS: ReadonlyMap<string, string> = new Map(
  Object.entries(EXPECTED_REFUSALS).flatMap(([reason, cases]) => cases.map((name) => [name, reason] as const)),
);

/** What the refusal of a case must say; undefined for cases that run. */
export function reasonToRefuse(name: string): string | undefined {
  return REASONS.get(name);
}
