/** Media ranges that JSON falls under. */
const JSON_RANGES: readonly string[] = ["application/json", "application/*", "*/*"];
const TEXT_RANGES: readonly string[] = ["text/plain", "text/html", "text/*"];

/** The media ranges that a header `Accept` does not rule out. */
function rangesOf(accept: string): readonly string[] {
  return accept
    .toLowerCase()
    .split(",")
    .map((range) => range.split(";").map((part) => part.trim()))
    .filter(([, ...parameters]) => !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter)))
    .map(([range = ""]) => range);
}

/** Whether a client takes text but no JSON. @param accept its header, however malformed; undefined: it takes all */
export function wantsText(accept: string | undefined): boolean {
  if (accept === undefined) return false;
  const ranges = rangesOf(accept);
  return !ranges.some((range) => JSON_RANGES.includes(range)) && ranges.some((range) => TEXT_RANGES.includes(range));
}
