import type { Ffi } from "./ffi.ts";
import type { NativeFunction } from "./native-library.ts";

/**
 * glibc keeps what is freed, in each of the heaps that it makes for threads; its `malloc_trim(0)` gives whole pages back to
 * the system (docs/adr/0013). Other C libraries have no such function.
 */
export function findMallocTrim(ffi: Ffi): NativeFunction | undefined {
  try {
    return ffi.load(null).func("malloc_trim", "int", ["size_t"]) as NativeFunction;
  } catch {
    return undefined;
  }
}
