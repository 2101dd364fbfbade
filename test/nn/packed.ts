/** A float32 tensor in the fixtures: little-endian bytes in base64. */
export interface Packed {
  readonly shape: readonly number[];
  readonly base64: string;
}

export function bytesOf({ base64 }: Packed): Uint8Array {
  return new Uint8Array(Buffer.from(base64, "base64"));
}

export function floatsOf(packed: Packed): Float32Array {
  return new Float32Array(bytesOf(packed).buffer);
}
