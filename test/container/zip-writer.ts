import { crc32, deflateRawSync } from "node:zlib";

/** A member as the test wants it; what is not said is written as it should be. */
export interface Member {
  readonly name: string;
  readonly data: Uint8Array | string;
  readonly method?: number;
  readonly flags?: number;
  readonly crc?: number;
  /** What the directory claims, in bytes. */
  readonly size?: number;
  readonly headerOffset?: number;
  readonly localMethod?: number;
  /** Padding in the local header, as PyTorch writes to align the data. */
  readonly localExtra?: Uint8Array;
  /** Sizes and checksum after the data instead of in the local header. */
  readonly descriptor?: boolean;
}

export interface ZipShape {
  readonly zip64?: boolean;
  readonly comment?: string;
  /** What the end record claims. */
  readonly count?: number;
  readonly directorySize?: number;
  readonly directoryOffset?: number;
}

type Field = readonly [bytes: 2 | 4 | 8, value: number];

function pack(fields: readonly Field[]): Buffer {
  return Buffer.concat(
    fields.map(([bytes, value]) => {
      const field = Buffer.alloc(8);
      field.writeBigUInt64LE(BigInt(value));
      return field.subarray(0, bytes);
    }),
  );
}

interface Written {
  readonly member: Member;
  readonly packed: Uint8Array;
  readonly size: number;
  readonly crc: number;
  readonly offset: number;
}

function localHeader({ member, packed, size, crc }: Written): Buffer {
  const name = Buffer.from(member.name);
  const extra = member.localExtra ?? new Uint8Array();
  const told = member.descriptor ? 0 : 1;
  const head = pack([
    [4, 0x04034b50],
    [2, 20],
    [2, member.flags ?? (member.descriptor ? 8 : 0)],
    [2, member.localMethod ?? member.method ?? 0],
    [4, 0],
    [4, crc * told],
    [4, packed.length * told],
    [4, size * told],
    [2, name.length],
    [2, extra.length],
  ]);
  return Buffer.concat([head, name, extra]);
}

function directoryEntry({ member, packed, size, crc, offset }: Written, zip64: boolean): Buffer {
  const name = Buffer.from(member.name);
  const wide = (value: number) => (zip64 ? 0xffffffff : value);
  const claimed = member.size ?? size;
  const field = zip64
    ? pack([
        [2, 1],
        [2, 24],
        [8, claimed],
        [8, packed.length],
        [8, member.headerOffset ?? offset],
      ])
    : Buffer.alloc(0);
  const head = pack([
    [4, 0x02014b50],
    [4, 0],
    [2, member.flags ?? (member.descriptor ? 8 : 0)],
    [2, member.method ?? 0],
    [4, 0],
    [4, member.crc ?? crc],
    [4, wide(packed.length)],
    [4, wide(claimed)],
    [2, name.length],
    [2, field.length],
    [2, 0],
    [4, 0],
    [4, 0],
    [4, wide(member.headerOffset ?? offset)],
  ]);
  return Buffer.concat([head, name, field]);
}

/** A zip archive written by the book, or against it where the test says so. */
export function writeZip(members: readonly Member[], shape: ZipShape = {}): Uint8Array {
  const parts: Buffer[] = [];
  let at = 0;
  const append = (part: Uint8Array) => {
    parts.push(Buffer.from(part));
    at += part.length;
  };
  const written = members.map((member) => {
    const data = Buffer.from(member.data as Uint8Array);
    const packed = member.method === 8 ? deflateRawSync(data) : data;
    const entry: Written = { member, packed, size: data.length, crc: crc32(data), offset: at };
    append(localHeader(entry));
    append(packed);
    if (member.descriptor)
      append(
        pack([
          [4, 0x08074b50],
          [4, entry.crc],
          [4, packed.length],
          [4, data.length],
        ]),
      );
    return entry;
  });
  const start = shape.directoryOffset ?? at;
  const directory = Buffer.concat(written.map((entry) => directoryEntry(entry, shape.zip64 ?? false)));
  append(directory);
  const size = shape.directorySize ?? directory.length;
  const count = shape.count ?? members.length;
  if (shape.zip64) {
    const end = at;
    append(
      pack([
        [4, 0x06064b50],
        [8, 44],
        [4, 0],
        [8, 0],
        [8, count],
        [8, count],
        [8, size],
        [8, start],
      ]),
    );
    append(
      pack([
        [4, 0x07064b50],
        [4, 0],
        [8, end],
        [4, 1],
      ]),
    );
  }
  const narrow = (value: number, bytes: 2 | 4) => (shape.zip64 ? 2 ** (8 * bytes) - 1 : value);
  const comment = Buffer.from(shape.comment ?? "");
  append(
    pack([
      [4, 0x06054b50],
      [4, 0],
      [2, narrow(count, 2)],
      [2, narrow(count, 2)],
      [4, narrow(size, 4)],
      [4, narrow(start, 4)],
      [2, comment.length],
    ]),
  );
  append(comment);
  return Buffer.concat(parts);
}
