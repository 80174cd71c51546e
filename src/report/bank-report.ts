import { abilityStandardErrors, difficulties, type ItemBank, linkOf } from "../bank/index.ts";
import type { ItemDif, ResidualPair } from "../irt/index.ts";
import { candidateTable, fitEntries, itemTable, statisticColumn } from "./bank-tables.ts";
import { dataTable, plainTable } from "./data-table.ts";
import { correlationMap } from "./heatmap.ts";
import { intervalPlot } from "./interval-plot.ts";
import { itemCurves, precision } from "./item-curves.ts";
import { html, type Markup } from "./markup.ts";
import { page, type Section, type Tile } from "./page.ts";
import type { Cell, Column } from "./table.ts";
import { wrightMap } from "./wright-map.ts";

/** What a report shows beside the bank itself; what is absent is left out. */
export interface BankReportOptions {
  readonly title: string;
  readonly warnings?: readonly string[];
  /** The most dependent pairs, strongest first. */
  readonly pairs?: readonly ResidualPair[];
  /** Q3 of one item with another, for the map. */
  readonly q3?: (first: number, second: number) => number;
  readonly dif?: {
    readonly reference: string;
    readonly focal: string;
    readonly results: readonly ItemDif[];
  };
}

/** A report on an item bank as one HTML page that needs no network. */
export function bankReport(bank: ItemBank, options: BankReportOptions): string {
  const { items, subjects, parameters, flags, responses, provenance } = bank;
  const flagged = flags.filter((list) => list.length > 0).length;
  const seen = responses ? responses.observed.reduce((sum, x) => sum + x, 0) : undefined;
  const dimensions = parameters.dims === 1 ? "one dimension" : `${parameters.dims} dimensions`;
  const tiles: Tile[] = [
    { label: "subjects", value: subjects.length.toLocaleString("en") },
    { label: "items", value: items.length.toLocaleString("en") },
    ...(seen === undefined ? [] : [{ label: "responses", value: seen.toLocaleString("en") }]),
    { label: "items flagged", value: flagged.toLocaleString("en") },
    ...fitEntries(bank.fit).flatMap(({ name, title, value }) => {
      if (value === null || name === "heldOutSE") return [];
      const error = name === "heldOut" ? bank.fit.heldOutSE : undefined;
      const label = typeof error === "number" ? `${title}, ± ${compact(error)} (standard error)` : title;
      return [{ label, value: compact(value) }];
    }),
  ];
  const sections: Section[] = [
    {
      title: "Abilities",
      note: `Estimate and 95 % interval of every subject${parameters.dims > 1 ? ", on the first dimension" : ""}. Subjects whose intervals overlap widely are not told apart by these items.`,
      body: abilitySection(bank),
    },
    {
      title: "Wright map",
      note: `Subjects${parameters.dims > 1 ? " by their first dimension" : ""} and items${parameters.dims > 1 ? " by their distance from the origin (MDIFF)" : ""} on one scale. Where items are missing opposite the subjects, the test measures badly.`,
      body: html`<div class="card">${wrightMap(
        bank.abilities.ability.filter((_, at) => at % parameters.dims === 0),
        difficulties(bank).difficulty,
      )}</div>`,
    },
    {
      title: "Item curves",
      note: "Six items to begin with. A click on a row of the item table below adds that item, a click on a name here removes it.",
      body: itemCurves(bank),
    },
    {
      title: "Precision",
      note: "How much the whole bank tells about a subject of each ability; the ticks are the subjects.",
      body: precision(bank),
    },
    {
      title: "Items",
      note: "Sort by a heading, filter by a word or a flag.",
      body: html`<div class="card">${itemSection(bank)}</div>`,
    },
    ...difSection(bank, options),
    ...residualSection(bank, options),
    { title: "How it was made", body: methodSection(bank) },
  ];
  return page({
    title: options.title,
    lead: `Item bank: ${parameters.family.toUpperCase()} in ${dimensions}, estimated by ${methods[bank.method]}. ${linkOf(parameters)}.`,
    tiles,
    notices: options.warnings ?? [],
    sections,
    footer: `Made by Tripos ${provenance.at(-1)?.tripos ?? ""}. All numbers are in the bank's folder, in Parquet and JSON.`,
  });
}

const methods: Record<ItemBank["method"], string> = {
  mml: "marginal maximum likelihood",
  variational: "variational EM",
  given: "other means, taken as given",
};

const compact = (value: number): string =>
  (Math.abs(value) >= 1000
    ? Math.round(value).toLocaleString("en")
    : String(Number(value.toPrecision(3)))
  ).replace("-", "−");

function abilitySection(bank: ItemBank): Markup {
  const { abilities, subjects, subjectFit } = bank;
  const { dims, ability } = abilities;
  const errors = abilityStandardErrors(abilities);
  const columns: Column[] = [
    { title: "subject" },
    ...Array.from({ length: dims }, (_, k): Column[] => [
      { title: dims === 1 ? "ability" : `ability ${k + 1}`, digits: 2 },
      { title: "SE", digits: 2, note: "standard error" },
    ]).flat(),
    ...Object.keys(subjectFit).map(statisticColumn),
  ];
  const rows = subjects.map((name, s): Cell[] => [
    name,
    ...Array.from({ length: dims }, (_, k) => [ability[s * dims + k], errors[s * dims + k]]).flat(),
    ...Object.values(subjectFit).map((values) => values[s]),
  ]);
  const intervals = subjects.map((name, s) => {
    const [estimate, half] = [ability[s * dims], 1.96 * errors[s * dims]];
    return { name, estimate, low: estimate - half, high: estimate + half };
  });
  return html`<div class="columns"><div class="card">${intervalPlot(intervals, dims === 1 ? "ability θ" : "ability θ₁")}</div>
<div class="card">${dataTable({ columns, rows }, { sort: { column: 1, descending: true } })}</div></div>`;
}

function itemSection(bank: ItemBank): Markup {
  const table = itemTable(bank);
  return dataTable(table, { items: true, flags: 1 });
}

function difSection({ items }: ItemBank, { dif }: BankReportOptions): Section[] {
  if (!dif) return [];
  const strongest = [...dif.results].sort((a, b) => a.adjustedP - b.adjustedP || a.p - b.p).slice(0, 20);
  const columns: Column[] = [
    { title: "item" },
    { title: "effect", digits: 2, note: "difference in difficulty, logits" },
    { title: "SE", digits: 2, note: "standard error" },
    { title: "p", digits: 4 },
    { title: "corrected p", digits: 4, note: "for the number of items tested" },
  ];
  const rows = dif.results.map(({ item, effect, standardError, p, adjustedP }): Cell[] => [
    items[item],
    effect,
    standardError,
    p,
    adjustedP,
  ]);
  const intervals = strongest.map(({ item, effect, standardError }) => ({
    name: items[item],
    estimate: effect,
    low: effect - 1.96 * standardError,
    high: effect + 1.96 * standardError,
  }));
  return [
    {
      title: "Differential functioning",
      note: `Items that are harder for ${dif.focal} (right) or for ${dif.reference} (left) than for subjects of equal ability in the other group; the strongest are drawn with 95 % intervals.`,
      body: html`<div class="columns"><div class="card">${intervalPlot(intervals, "difference in difficulty, logits", { reference: 0 })}</div>
<div class="card">${dataTable({ columns, rows }, { sort: { column: 4, descending: false } })}</div></div>`,
    },
  ];
}

/** Items of the strongest pairs, as many as the map can show. */
const mapItems = 20;

function residualSection({ items }: ItemBank, { pairs = [], q3 }: BankReportOptions): Section[] {
  if (pairs.length === 0) return [];
  const shown: number[] = [];
  for (const { first, second } of pairs)
    for (const item of [first, second])
      if (!shown.includes(item) && shown.length < mapItems) shown.push(item);
  const columns = [
    { title: "item" },
    { title: "and" },
    { title: "Q3", digits: 2, note: "Yen's Q3, correlation of residuals" },
  ];
  const rows = pairs.map(({ first, second, q3: value }): Cell[] => [items[first], items[second], value]);
  return [
    {
      title: "Residual correlations",
      note: "Pairs of items that go together more than the model expects (Yen's Q3), locally dependent ones: questions about the same passage, or near-duplicates.",
      body: html`<div class="columns">${
        q3 &&
        html`<div class="card">${correlationMap(
          shown.map((i) => items[i]),
          shown.flatMap((i) => shown.map((j) => (i === j ? Number.NaN : q3(i, j)))),
        )}</div>`
      }<div class="card">${dataTable({ columns, rows }, { sort: { column: 2, descending: true } })}</div></div>`,
    },
  ];
}

function methodSection({ candidates, provenance, priors, seed, scoring }: ItemBank): Markup {
  const settings = Object.entries({ scoring, seed, ...priors }).map(([name, value]): Cell[] => [
    name,
    typeof value === "number" ? String(value) : value,
  ]);
  const history = provenance.map(({ action, inputs, items, subjects, tripos, bank }): Cell[] => [
    action,
    [
      ...inputs.map(({ name, format, sha256 }) => `${name} (${format}, SHA-256 ${sha256.slice(0, 12)}…)`),
      ...(bank ? [`bank ${bank.slice(0, 12)}…`] : []),
    ].join(", "),
    items,
    subjects,
    tripos,
  ]);
  return html`<div class="columns"><div class="card"><h3>Settings and priors</h3>${plainTable({ columns: [{ title: "setting" }, { title: "value" }], rows: settings })}</div>
${candidates.length > 0 && html`<div class="card"><h3>Models compared</h3>${plainTable(candidateTable(candidates))}</div>`}</div>
<div class="card"><h3>Provenance</h3>${plainTable({
    columns: [
      { title: "step" },
      { title: "from" },
      { title: "items" },
      { title: "subjects" },
      { title: "Tripos" },
    ],
    rows: history,
  })}</div>`;
}
