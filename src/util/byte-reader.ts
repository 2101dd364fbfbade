/** Reading past the end of a byte range: `offset` and `length` were asked of `size` bytes. */
export class OutOfBoundsError extends RangeError {
  readonly offset: number;
  readonly length: number;
  readonly size: number;

  constructor(offset: number, length: number, size: number) {
    super(`${length} bytes at offset ${offset} reach past the end (${size} bytes)`);
    this.name = "OutOfBoundsError";
    this.offset = offset;
    this.length = length;
    this.size = size;
  }
}

/** A little-endian cursor over bytes; every read is bounds-checked. */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  offset: number;

  constructor(bytes: Uint8Array, offset = 0) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.offset = offset;
  }

  get remaining(): number {
    return this.bytes.length - this.offset;
  }

  #advance(length: number): number {
    const at = this.offset;
    if (!(length >= 0) || at < 0 || at + length > this.bytes.length) {
      throw new OutOfBoundsError(at, length, this.bytes.length);
    }
    this.offset = at + length;
    return at;
  }

  uint8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  uint64(): bigint {
    return this.#view.getBigUint64(this.#advance(8), true);
  }

  float64(): number {
    return this.#view.getFloat64(this.#advance(8), true);
  }

  float64BigEndian(): number {
    return this.#view.getFloat64(this.#advance(8), false);
  }

  /** A view of the next `length` bytes; not a copy. */
  take(length: number): Uint8Array {
    const at = this.#advance(length);
    return this.bytes.subarray(at, at + length);
  }

  skip(length: number): void {
    this.#advance(length);
  }
}
