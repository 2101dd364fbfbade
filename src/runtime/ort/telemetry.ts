import type { Ffi } from "./ffi.ts";

/**
 * Makes the runtime report nothing: outside Windows its official builds write a device's number and a database of events
 * under the home directory, and send them. This variable, read when the library initialises, is what prevents all of that.
 * Set by libc, since a worker's `process.env` is a copy. On Windows `DisableTelemetryEvents` does it.
 */
export function forbidTelemetry(ffi: Ffi): void {
  if (process.platform === "win32") return;
  const setenv = ffi.load(null).func("setenv", "int", ["str", "str", "int"]);
  setenv("ORT_DISABLE_TELEMETRY", "1", 1);
}
