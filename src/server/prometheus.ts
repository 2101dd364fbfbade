/** The media type of Prometheus's text format. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

export type Labels = Readonly<Record<string, string>>;

/** One line: a number and what tells it from the others of its family. */
export interface Sample {
  readonly value: number;
  readonly labels?: Labels;
  /** `_bucket`, `_sum`, `_count`. */
  readonly suffix?: string;
}

/** The one line of a metric that has no more. */
export function one(value: number): readonly Sample[] {
  return [{ value }];
}

/** A metric, of each subject. */
export interface Family<T> {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram" | "summary";
  readonly help: string;
  readonly samples: (of: T) => readonly Sample[];
}

const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", '"': '\\"', "\n": "\\n" };

function writeLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => {
    return `${name}="${value.replace(/[\\"\n]/g, (character) => ESCAPES[character] ?? "")}"`;
  });
  return pairs.length > 0 ? `{${pairs.join()}}` : "";
}

/** The lines of a metric. @param subjects each with the labels of its lines */
export function writeFamily<T>(
  { name, type, help, samples }: Family<T>,
  subjects: readonly (readonly [T, Labels])[],
): string {
  const lines = subjects.flatMap(([subject, common]) =>
    samples(subject).map(({ suffix = "", labels, value }) => {
      return `${name}${suffix}${writeLabels({ ...common, ...labels })} ${value}\n`;
    }),
  );
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}
