import { type ItemBank, linkOf } from "../bank/index.ts";
import { fitEntries, type Table } from "../report/index.ts";

/** What kind of bank it is, for `--json`. */
export function describeBank({ parameters, method, scoring, seed, items, subjects, responses }: ItemBank) {
  return {
    family: parameters.family,
    dims: parameters.dims,
    ...(parameters.categories && { categories: parameters.categories }),
    link: linkOf(parameters),
    method,
    scoring,
    seed,
    items: items.length,
    subjects: subjects.length,
    responses: responses ? responses.observed.reduce((sum, x) => sum + x, 0) : null,
  };
}

/** Fit of the whole as a table. */
export function fitTable({ fit }: ItemBank): Table {
  const whole = (name: string) => /^(parameters|.*Df)$/.test(name);
  return {
    columns: [{ title: "fit" }, { title: "value", align: "right" }],
    rows: fitEntries(fit).map(({ name, title, value }) => [
      title,
      value === null ? "–" : whole(name) ? String(value) : value.toFixed(4).replace("-", "−"),
    ]),
  };
}

/** How many items have each flag. */
export function countFlags({ flags }: ItemBank): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const flag of flags.flat()) counts[flag] = (counts[flag] ?? 0) + 1;
  return counts;
}

/** Flags with the number of items and the first few of them. */
export function flagTable(bank: ItemBank): Table {
  const rows = Object.entries(countFlags(bank)).sort(([, a], [, b]) => b - a);
  return {
    columns: [{ title: "flag" }, { title: "items" }, { title: "such as", maxWidth: 60 }],
    rows: rows.map(([flag, count]) => [
      flag,
      count,
      bank.items
        .filter((_, i) => bank.flags[i].includes(flag))
        .slice(0, 5)
        .join(", "),
    ]),
  };
}
