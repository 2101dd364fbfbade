import { stripVTControlCharacters } from "node:util";

export interface Column {
  readonly title: string;
  /** Numbers read best when they end below each other. */
  readonly align?: "left" | "right";
}

const GAP = "  ";

function widthOf(cell: string): number {
  return stripVTControlCharacters(cell).length;
}

function pad(cell: string, width: number, align: Column["align"]): string {
  const space = " ".repeat(Math.max(0, width - widthOf(cell)));
  return align === "right" ? space + cell : cell + space;
}

function oneLine(cell: string): string {
  return cell.replace(/[\r\n\t]+/g, " ");
}

/** Rows of cells as aligned lines, each with its line end; the titles come first, unless all are empty. */
export function formatTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const titles = columns.map(({ title }) => title);
  const hasTitles = titles.some((title) => title !== "");
  const lines = [...(hasTitles ? [titles] : []), ...rows.map((row) => row.map(oneLine))];
  const widths = columns.map((_, i) => lines.reduce((width, line) => Math.max(width, widthOf(line[i] ?? "")), 0));
  const format = (line: readonly string[]): string =>
    columns.map(({ align }, i) => pad(line[i] ?? "", widths[i] ?? 0, align)).join(GAP);
  return lines.map((line) => `${format(line).trimEnd()}\n`).join("");
}
