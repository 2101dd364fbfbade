const THOUSANDS = /\B(?=(\d{3})+$)/g;

/** `1,234,567`. Intl would take longer to load than most commands to run. */
export function formatCount(count: number | bigint): string {
  return String(typeof count === "number" ? Math.round(count) : count).replaceAll(THOUSANDS, ",");
}

/** `1 model`, `2 models` */
export function formatPlural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

/** `44.6 MiB` */
export function formatBytes(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const amount = bytes / 1024 ** power;
  return `${power === 0 ? amount : amount.toFixed(1)} ${UNITS[power]}`;
}

/** `3.2 s` */
export function formatSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** `0.27 ms`, `12.1 ms`, `153 ms`, `21.0 s` */
export function formatMs(ms: number): string {
  if (ms >= 10_000) return formatSeconds(ms);
  return `${ms.toFixed(ms < 10 ? 2 : ms < 100 ? 1 : 0)} ms`;
}

/** A number to five significant digits. */
export function formatNumber(value: number): string {
  return String(Number(value.toPrecision(5)));
}
