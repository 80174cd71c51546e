import { leaderboard, type ScoreReport } from "../exam/index.ts";
import { dataTable } from "./data-table.ts";
import { intervalPlot } from "./interval-plot.ts";
import { html } from "./markup.ts";
import { page } from "./page.ts";
import { scenarioTable, standingTable } from "./score-tables.ts";

/** The leaderboard that one would show: ranks, intervals, how sure each place is, every scenario, the warnings. */
export function leaderboardReport(
  reports: readonly ScoreReport[],
  { bank, questions }: { readonly bank: string; readonly questions: number },
): string {
  const names = reports[0].scenarios.map(({ name }) => name);
  const last = names.length - 1;
  const standings = leaderboard(reports, last);
  const sections = [
    {
      title: "Leaderboard",
      note: `Estimated score on all ${questions} questions with its 95 % interval. "Ranks" are the places that pairwise comparisons leave open; the last column is the probability that a model is truly above the next one.`,
      body: [
        intervalPlot(
          standings.map(({ subject, estimate, interval }) => ({
            name: subject,
            estimate: 100 * estimate,
            low: 100 * interval[0],
            high: 100 * interval[1],
          })),
          `${names[last]}, % right`,
        ),
        dataTable(standingTable(standings)),
      ],
    },
    {
      title: "Scenarios",
      note: "Each scenario by the method with the least measured error, and by the others for comparison.",
      body: dataTable(scenarioTable(reports)),
    },
    {
      title: "Ability and fit",
      note: "l_z* is about standard normal when answers follow the questions' difficulties; below −2.5 the pattern is odd.",
      body: dataTable({
        columns: [
          { title: "model" },
          { title: "ability", digits: 2 },
          { title: "± SE", digits: 2 },
          { title: "l_z*", digits: 2 },
        ],
        rows: reports.map(({ subject, ability, abilitySE, personFit }) => [
          subject,
          ability[0],
          abilitySE[0],
          personFit,
        ]),
      }),
    },
  ];
  const warned = reports.filter(({ warnings }) => warnings.length > 0);
  return page({
    title: reports.length === 1 ? `Exam of ${reports[0].subject}` : `Leaderboard of ${reports.length} models`,
    lead: `Scored against the item bank ${bank}.`,
    tiles: [
      { label: "models", value: String(reports.length) },
      { label: "questions in the bank", value: String(questions) },
      { label: "asked at most", value: String(Math.max(...standings.map(({ answered }) => answered))) },
    ],
    sections:
      warned.length === 0
        ? sections
        : [
            ...sections,
            {
              title: "Warnings",
              body: html`<ul>${warned.flatMap(({ subject, warnings }) => warnings.map((warning) => html`<li><b>${subject}</b>: ${warning}</li>`))}</ul>`,
            },
          ],
    footer: "Made by Tripos.",
  });
}
