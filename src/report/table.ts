import stringWidth from "string-width";

/** What a table cell holds; null and NaN stand for "not known" and print as a dash. */
export type Cell = string | number | boolean | null;

/** A column of a table, in the terminal or on a page. */
export interface Column {
  readonly title: string;
  /** Decimals of numbers; absent: none for a column of whole numbers, three otherwise. */
  readonly digits?: number;
  /** Absent: numbers to the right, the rest to the left. */
  readonly align?: "left" | "right";
  /** Longer cells are cut to this many terminal columns and end in "…". */
  readonly maxWidth?: number;
  /** What the column means, for the page's tooltip. */
  readonly note?: string;
}

/** Named columns and rows of cells in their order. */
export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
}

/** The cells of one column as text, and the side they lean to. */
export function formatColumn(column: Column, cells: readonly Cell[]): { text: string[]; right: boolean } {
  const numbers = cells.filter((cell): cell is number => typeof cell === "number" && !Number.isNaN(cell));
  const digits = column.digits ?? (numbers.every(Number.isInteger) ? 0 : 3);
  const right = column.align
    ? column.align === "right"
    : numbers.length > 0 && cells.every((cell) => typeof cell === "number" || cell === null);
  return { text: cells.map((cell) => formatCell(cell, digits)), right };
}

function formatCell(cell: Cell, digits: number): string {
  if (cell === null || Number.isNaN(cell)) return "–";
  if (cell === true) return "yes";
  if (cell === false) return "no";
  if (typeof cell === "string") return cell;
  // A proper minus sign, and none in front of what rounds to zero.
  const text = Number.isFinite(cell) ? cell.toFixed(digits) : cell > 0 ? "∞" : "-∞";
  return text.replace(/^-(?=0(\.0*)?$)/, "").replace("-", "−");
}

/**
 * A table as aligned text for a terminal: a heading line, a rule, one line a row, no newline at the end.
 *
 * @example
 * textTable([{ title: "model" }, { title: "score", digits: 2 }], [["A", 0.5], ["B", 0.75]])
 */
export function textTable(columns: readonly Column[], rows: readonly (readonly Cell[])[]): string {
  const parts = columns.map((column, c) => {
    const { text, right } = formatColumn(
      column,
      rows.map((row) => row[c] ?? null),
    );
    const cells = text.map((cell) => cut(plain(cell), column.maxWidth ?? Number.POSITIVE_INFINITY));
    const width = Math.max(stringWidth(column.title), ...cells.map((cell) => stringWidth(cell)));
    const pad = (cell: string) => {
      const space = " ".repeat(width - stringWidth(cell));
      return right ? space + cell : cell + space;
    };
    return { width, lines: [column.title, ...cells].map(pad) };
  });
  const line = (r: number) =>
    parts
      .map((part) => part.lines[r])
      .join("  ")
      .trimEnd();
  const rule = parts.map((part) => "─".repeat(part.width)).join("  ");
  return [line(0), rule, ...rows.map((_, r) => line(r + 1))].join("\n");
}

/** Names come from data: a line break or an escape sequence in one must not reach the terminal. */
function plain(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ");
}

function cut(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let kept = "";
  for (const character of text) {
    if (stringWidth(kept + character) > width - 1) break;
    kept += character;
  }
  return `${kept}…`;
}
