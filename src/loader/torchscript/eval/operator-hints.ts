const HINTS: readonly (readonly [operator: RegExp, hint: string])[] = [
  [/mkldnn|onednn/, "save the model before torch.jit.optimize_for_inference, which ties it to one machine"],
  [/quantize/, "save the model before it is quantised"],
  [/^(tensorrt|neuron|xnnpack|vulkan_prepack|cuda)::/, "save the model before it is compiled for other hardware"],
];

/** What to do about an operator that has no form here, or a class of objects for such operators. */
export function hintFor(name: string): string {
  return HINTS.find(([operator]) => operator.test(name))?.[1] ?? "export the model with torch.export";
}
