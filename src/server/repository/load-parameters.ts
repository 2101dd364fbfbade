import type { JsonObject } from "../../container/index.ts";
import { readConfig } from "../../engine/index.ts";
import { invalid } from "../invalid.ts";

const CONFIG = "config";

/**
 * The text of the configuration that a load call brings; undefined when it brings none.
 * @throws RelayError REQUEST_INVALID, CONFIG_INVALID, LIMIT_EXCEEDED
 */
export function configParameter(parameters: JsonObject): string | undefined {
  for (const name of Object.keys(parameters)) {
    if (name.startsWith("file:"))
      throw invalid("the server takes no model files from clients; put them into the repository");
    if (name !== CONFIG) throw invalid(`parameter ${name.slice(0, 80)} is unknown; legal: ${CONFIG}`);
  }
  const text = parameters[CONFIG];
  if (text === undefined) return undefined;
  if (typeof text !== "string") throw invalid(`parameter ${CONFIG} should be a string that holds JSON`);
  readConfig(text, `parameter ${CONFIG}`);
  return text;
}
