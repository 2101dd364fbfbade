import { PickleObject } from "../container/index.ts";
import type { DType, Storage, TensorLocation } from "../core/index.ts";

/** A dtype by PyTorch's name; `dtype` is undefined where torchrelay has none for it. */
export class TorchDType extends PickleObject {
  readonly name: string;
  readonly dtype: DType | undefined;

  constructor(name: string, dtype: DType | undefined) {
    super();
    this.name = name;
    this.dtype = dtype;
  }
}

/** A class of storages: of one element type, or of bytes when `element` is undefined. */
export class TorchStorageType extends PickleObject {
  readonly name: string;
  readonly element: DType | undefined;

  constructor(name: string, element: DType | undefined) {
    super();
    this.name = name;
    this.element = element;
  }
}

export class TorchStorage extends PickleObject {
  readonly name = "a storage";
  readonly storage: Storage;
  readonly type: TorchStorageType;

  constructor(storage: Storage, type: TorchStorageType) {
    super();
    this.storage = storage;
    this.type = type;
  }
}

export class TorchTensor extends PickleObject {
  readonly name = "a tensor";
  readonly location: TensorLocation;

  constructor(location: TensorLocation) {
    super();
    this.location = location;
  }
}

/** A class that pickles may name but not call, such as `torch.nn.parameter.Parameter`. */
export class TorchClass extends PickleObject {
  readonly name: string;

  constructor(name: string) {
    super();
    this.name = name;
  }
}
