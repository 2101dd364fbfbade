import type { ZipArchive } from "../container/index.ts";
import { Unsupported } from "./refusal.ts";

/** PyTorch marks its archives with the byte order of the machine that wrote them; without the mark it is little. */
export function checkByteOrder(archive: ZipArchive): void {
  if (!archive.has("byteorder")) return;
  const order = Buffer.from(archive.read("byteorder")).toString("latin1").trim();
  if (order !== "little") {
    throw new Unsupported(
      `a file of the byte order ${JSON.stringify(order.slice(0, 20))}`,
      "save it on a little-endian machine",
    );
  }
}
