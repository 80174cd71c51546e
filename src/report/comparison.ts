import type { Comparison, ComparisonRow } from "../exam/index.ts";
import { dataTable } from "./data-table.ts";
import { html, type Markup } from "./markup.ts";
import { page } from "./page.ts";
import { domainOf, linePath, plot, plotFrame } from "./plot.ts";
import type { Table } from "./table.ts";

const questionNames = {
  random: "random questions",
  anchors: "k-means anchors",
  readout: "read-out questions",
  information: "informative questions",
  adaptive: "adaptive",
  default: "default",
} as const;

/** Errors by number of questions (columns) and way to examine (rows), in points. @param scenario default: the last */
export function comparisonTable({ rows }: Comparison, scenario = lastScenario(rows)): Table {
  const counts = [...new Set(rows.map(({ count }) => count))];
  const ways = waysOf(rows, scenario);
  return {
    columns: [
      { title: "questions", maxWidth: 40 },
      { title: "estimate" },
      ...counts.flatMap((count) => [
        { title: `${count}`, align: "right" as const },
        { title: "τ", digits: 3 },
      ]),
    ],
    rows: ways.map((way) => [
      questionNames[way[0].questions],
      way[0].method === "default" ? "" : way[0].method,
      ...counts.flatMap((count) => {
        const row = way.find((own) => own.count === count);
        if (!row) return [null, null];
        const { meanAbsoluteError, standardError, tau } = row;
        return [`${points(meanAbsoluteError)} ± ${points(standardError)}`, tau];
      }),
    ]),
  };
}

/** The figures of a comparison as a page: error by number of questions, and the table. @param source name of the data */
export function comparisonReport(comparison: Comparison, source: string): string {
  const { rows, known, tested, splits } = comparison;
  const scenarios = [...new Set(rows.map(({ scenario }) => scenario))].reverse();
  return page({
    title: "Exams compared",
    lead: `Every way to choose questions and to estimate, measured on ${source}.`,
    tiles: [
      { label: "subjects known", value: String(known) },
      { label: "subjects tested", value: String(tested) },
      { label: "random splits", value: String(splits) },
    ],
    sections: scenarios.map((scenario) => ({
      title: scenario === "all" ? "All questions" : scenario,
      note: "Mean absolute error in points of a hundred ± standard error (corrected for the splits sharing subjects: Nadeau & Bengio 2003), and Kendall's τ of the estimates with the true scores.",
      body: [errorPlot(rows, scenario), dataTable(comparisonTable(comparison, scenario))],
    })),
    footer: "Made by Tripos.",
  });
}

/** The lines worth telling apart; the table has the others. */
const plotted = ["random mean", "anchors gpIRT", "readout stacked", "adaptive pIRT", "default default"];

function errorPlot(rows: readonly ComparisonRow[], scenario: string): Markup {
  const lines = waysOf(rows, scenario).filter(([{ questions, method }]) =>
    plotted.includes(`${questions} ${method}`),
  );
  const drawn = lines.flat();
  const frame = plotFrame(
    { domain: domainOf(drawn.map(({ count }) => count)), label: "questions asked" },
    {
      domain: [0, domainOf(drawn.map((row) => 100 * row.meanAbsoluteError))[1]],
      label: "mean absolute error, points",
    },
  );
  const marks = lines.map(
    (line, l) =>
      html`<path class="curve s${l}" d="${linePath(
        frame,
        line.map((row) => [row.count, 100 * row.meanAbsoluteError] as const),
      )}"/>${line.map((row) => html`<circle class="f${l}" r="3" cx="${frame.x(row.count)}" cy="${frame.y(100 * row.meanAbsoluteError)}"><title>${nameOf(row)}: ${points(row.meanAbsoluteError)} ± ${points(row.standardError)}</title></circle>`)}`,
  );
  const legend = lines.map(
    ([row], l) => html`<span><i style="background:var(--c${l})"></i>${nameOf(row)}</span>`,
  );
  return html`<div class="card">${plot(frame, "error by number of questions", marks)}<div class="legend">${legend}</div></div>`;
}

function nameOf({ questions, method }: ComparisonRow): string {
  return method === "default" ? "default" : `${questionNames[questions]}, ${method}`;
}

/** The rows of one scenario, way by way, by number of questions. */
function waysOf(rows: readonly ComparisonRow[], scenario: string): ComparisonRow[][] {
  const ways = new Map<string, ComparisonRow[]>();
  for (const row of rows) {
    if (row.scenario !== scenario) continue;
    const name = `${row.questions} ${row.method}`;
    ways.set(name, [...(ways.get(name) ?? []), row]);
  }
  return [...ways.values()];
}

function lastScenario(rows: readonly ComparisonRow[]): string {
  return rows[rows.length - 1].scenario;
}

function points(share: number): string {
  return Number.isNaN(share) ? "–" : (100 * share).toFixed(2);
}
