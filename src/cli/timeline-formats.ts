import path from "node:path";
import { required } from "../util/index.ts";
import { formatChromeTrace } from "./chrome-trace.ts";
import { formatGantt } from "./gantt.ts";
import type { Timeline } from "./timeline.ts";

const FORMATS: Readonly<Record<string, (model: string, timeline: Timeline) => string>> = {
  ".md": formatGantt,
  ".json": formatChromeTrace,
};

/** The timeline of `model` as text, in the format that the name of `file` asks for. */
export function formatTimeline(file: string, model: string, timeline: Timeline): string {
  return required(FORMATS[path.extname(file)], "the file's name was checked")(model, timeline);
}
