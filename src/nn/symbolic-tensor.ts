import { IndexedTensor } from "./symbolic/indexed-tensor.ts";

/**
 * A tensor that a module computes while it is traced: a shape and a dtype, with PyTorch's methods. Each puts one operator
 * into the graph. @throws RelayError INPUT_SHAPE or INPUT_DTYPE from every method that its arguments do not suit.
 */
export class SymbolicTensor extends IndexedTensor {}
