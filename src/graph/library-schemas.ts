/** Schemas of operators that libraries beside PyTorch define. */
export const LIBRARY_SCHEMAS: readonly string[] = [
  "transformers::grouped_mm_fallback(Tensor input, Tensor weight, Tensor offs) -> Tensor",
];
