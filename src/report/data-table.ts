import { embeddedJson, html, type Markup } from "./markup.ts";
import { type Cell, formatColumn, type Table } from "./table.ts";

/** Rows on a page of a table. */
const pageSize = 15;

/**
 * A table that the reader sorts by clicking a heading and filters by typing. The page's script shows further rows from
 * the data inside; without it the first rows stand there.
 * @param options.flags index of a column of "; "-separated flags, which become buttons to filter by
 * @param options.sort column to sort by at first, and whether the largest comes first
 * @param options.items the rows are items: a click shows their curves
 */
export function dataTable(
  { columns, rows }: Table,
  options: {
    readonly flags?: number;
    readonly sort?: { readonly column: number; readonly descending: boolean };
    readonly items?: boolean;
  } = {},
): Markup {
  const formatted = columns.map((column, c) =>
    formatColumn(
      column,
      rows.map((row) => row[c] ?? null),
    ),
  );
  const order = rows.map((_, r) => r);
  if (options.sort) {
    const { column, descending } = options.sort;
    order.sort((a, b) => compare(rows[a][column], rows[b][column]) * (descending ? -1 : 1) || a - b);
  }
  const data = {
    pageSize,
    order,
    right: formatted.map(({ right }) => right),
    text: formatted.map(({ text }) => text),
    long: formatted.map(({ text }, c) => c !== options.flags && text.some((cell) => cell.length > 40)),
    // Numbers to sort by; texts sort as they are shown.
    values: columns.map((_, c) =>
      rows.some((row) => typeof row[c] === "number")
        ? rows.map((row) => (typeof row[c] === "number" && Number.isFinite(row[c]) ? row[c] : null))
        : null,
    ),
    flags: options.flags ?? null,
    sort: options.sort ?? null,
    items: options.items ?? false,
  };
  const heading = columns.map(
    (column, c) =>
      html`<th class="${formatted[c].right ? "right" : ""}" title="${column.note ?? ""}" scope="col"><button type="button">${column.title}</button></th>`,
  );
  const body = order
    .slice(0, pageSize)
    .map(
      (r) =>
        html`<tr>${formatted.map(({ text, right }) => html`<td class="${right ? "right" : "text"}">${text[r]}</td>`)}</tr>`,
    );
  return html`<div class="table"><div class="controls"><input type="search" placeholder="Filter" aria-label="Filter the rows"><span class="count">${rows.length} rows</span></div>
<div class="scroll"><table><thead><tr>${heading}</tr></thead><tbody>${body}</tbody></table></div>
<div class="controls pager"></div><script type="application/json">${embeddedJson(data)}</script></div>`;
}

/** Order of two cells, what is not known last. */
function compare(a: Cell, b: Cell): number {
  if (typeof a === "number" && typeof b === "number" && !Number.isNaN(a - b)) return a - b;
  if (typeof a === "string" && typeof b === "string") return a < b ? -1 : a > b ? 1 : 0;
  return 0;
}

/** A small table without controls, for facts side by side. */
export function plainTable({ columns, rows }: Table): Markup {
  const formatted = columns.map((column, c) =>
    formatColumn(
      column,
      rows.map((row) => row[c] ?? null),
    ),
  );
  const side = (c: number) => (formatted[c].right ? "right" : "text");
  return html`<div class="scroll"><table><thead><tr>${columns.map((column, c) => html`<th class="${side(c)}" title="${column.note ?? ""}" scope="col">${column.title}</th>`)}</tr></thead>
<tbody>${rows.map((_, r) => html`<tr>${formatted.map(({ text }, c) => html`<td class="${side(c)}">${text[r]}</td>`)}</tr>`)}</tbody></table></div>`;
}
