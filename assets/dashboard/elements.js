/** What the dashboard's parts share: elements, cells of tables, the key to ask with. */

export const element = (id) => document.getElementById(id);
export const dollars = (value) =>
  value === null ? "unknown" : value === 0 ? "$0" : `$${Number(value).toPrecision(3)}`;
/** The admin key that was typed, for this tab only. */
export const key = () => sessionStorage.getItem("tripos-key") ?? "";
export const headers = () => (key() ? { authorization: `Bearer ${key()}` } : {});

export function cell(content, className) {
  const td = document.createElement("td");
  td.textContent = content;
  if (className) td.className = className;
  return td;
}

export function fill(id, rows, empty) {
  const body = element(id);
  const columns = body.parentElement.querySelectorAll("th").length;
  if (rows.length === 0) {
    const td = cell(empty);
    td.colSpan = columns;
    rows = [[td]];
  }
  body.replaceChildren(
    ...rows.map((cells) => {
      const row = document.createElement("tr");
      row.append(...cells);
      return row;
    }),
  );
}
