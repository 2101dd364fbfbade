import type { SymbolicTensor } from "../symbolic-tensor.ts";

type Dropout = (input: SymbolicTensor, p: number, training: boolean) => SymbolicTensor;

function dropping(operator: string): Dropout {
  return (input, p, train) => input.call({ target: `aten.${operator}.default`, args: { input, p, train } });
}

/** What inference leaves alone; refused in training. */
export const dropout: Dropout = dropping("dropout");
export const dropout1d: Dropout = dropping("feature_dropout");
export const dropout2d: Dropout = dropping("feature_dropout");
export const dropout3d: Dropout = dropping("feature_dropout");
export const alphaDropout: Dropout = dropping("alpha_dropout");
export const featureAlphaDropout: Dropout = dropping("feature_alpha_dropout");
