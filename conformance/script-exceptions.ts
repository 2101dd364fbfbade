/** What a refusal may say: operators that are not supported, and what a program cannot be given numbers for. */
export const SCRIPT_REFUSALS: readonly RegExp[] = [
  /: no such operator is supported/,
  /: the operator [\w:.]+ .*is not supported/,
  /ONNX Runtime has no (AveragePool|Conv|ConvTranspose|DepthToSpace|MaxPool) for int64/,
  /it updates its running statistics; export after model\.eval\(\)/,
  /which cannot be followed: it changes more than one tensor/,
  /it is random; export after model\.eval\(\)/,
  /complex numbers are not supported/,
  /-0\.5 is no int64/,
  /an ellipsis of different ranks/,
  /a matrix larger than 32/,
  /integers to the power of integers that the model computes/,
  /num_classes depends on the data/,
  /positions in windows of several sizes/,
  /output_size is computed by the model/,
  /output_size is not given/,
  /the size to pool is not known when the model is loaded/,
  /pad is computed by the model/,
  /`is` between equal members of an enumeration/,
  /which cannot be followed: it changes \w+, an operand of the subgraph/,
  /a change in place of the attribute \w+, which shares its memory with another/,
  /a change in place of \w+, of which there is another view/,
  /a model whose attributes are of other types after every call/,
];

/** Cases that end otherwise than PyTorch, and why that is no wrong answer. */
export const SCRIPT_EXCEPTIONS: Readonly<Record<string, string>> = {
  "detection/mask-rcnn.one": "an element of a mask is 3.4e-5 off, which is rounding: its logits are spread threefold",
  "detection/mask-rcnn.other": "the same picture, and the same element",
  "operators/kthvalue.int64.0": "which of equal elements is found is not defined",
  "operators/topk.int64.0": "which of equal elements is found is not defined",
};

/** How many cases of each bundle agree at least. */
export const LEAST_AGREEING: Readonly<Record<string, number>> = {
  detection: 13,
  families: 45,
  old: 139,
  operators: 1798,
  programs: 92,
};
