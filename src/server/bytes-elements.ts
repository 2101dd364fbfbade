const LENGTH_BYTES = 4;

/** The elements of a BYTES tensor as binary data: each its length, as a little-endian uint32, and its UTF-8. */
export function bytesElements(texts: readonly string[]): Uint8Array {
  const parts = texts.flatMap((text) => {
    const bytes = Buffer.from(text);
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32LE(bytes.length);
    return [length, bytes];
  });
  return Buffer.concat(parts);
}
