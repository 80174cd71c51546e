import { exactNote, leaderboard, type ScoreReport } from "../exam/index.ts";
import { dataTable } from "./data-table.ts";
import { html } from "./markup.ts";
import { page, type Section } from "./page.ts";
import { scenarioTable } from "./score-tables.ts";
import { standingBoard } from "./standing-board.ts";

/** The leaderboard that one would show: ranks, intervals, how sure each place is, every scenario, the warnings. */
export function leaderboardReport(
  reports: readonly ScoreReport[],
  { bank, questions }: { readonly bank: string; readonly questions: number },
): string {
  const names = reports[0].scenarios.map(({ name }) => name);
  const last = names.length - 1;
  const standings = leaderboard(reports, last);
  const exact = exactNote(reports);
  const asked = standings.map(({ answered }) => answered);
  const warned = reports.filter(({ warnings }) => warnings.length > 0);
  const byPlace = standings.map(({ subject }) => reports.find((report) => report.subject === subject)!);
  const sections: (Section | false)[] = [
    {
      title: "Leaderboard",
      note: `Estimated score on ${names.length > 1 ? "all scenarios" : `all ${questions} questions`} with its 95 % interval. "Places" are those that pairwise comparisons leave open, "P(above next)" is the probability that a model is truly above the next one.${exact === undefined ? "" : ` ${exact}`}`,
      body: standingBoard(standings),
    },
    names.length > 1 && {
      title: "Scenarios",
      note: "Estimated score in each scenario, percent.",
      body: dataTable({
        columns: [{ title: "model" }, ...names.map((title) => ({ title, digits: 1 }))],
        rows: byPlace.map(({ subject, scenarios }) => [
          subject,
          ...scenarios.map(({ estimate }) => 100 * estimate),
        ]),
      }),
    },
    {
      title: "Estimates",
      note: "Each score by the method with the least measured error, and by others for comparison.",
      body: dataTable(scenarioTable(byPlace)),
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
        rows: byPlace.map(({ subject, ability, abilitySE, personFit }) => [
          subject,
          ability[0],
          abilitySE[0],
          personFit,
        ]),
      }),
    },
    warned.length > 0 && {
      title: "Warnings",
      body: html`<ul>${warned.flatMap(({ subject, warnings }) => warnings.map((warning) => html`<li><b>${subject}</b>: ${warning}</li>`))}</ul>`,
    },
  ];
  return page({
    title: reports.length === 1 ? `Exam of ${reports[0].subject}` : `Leaderboard of ${reports.length} models`,
    lead: `Scored against the item bank ${bank}.`,
    tiles: [
      { label: "models", value: String(reports.length) },
      { label: "questions in the bank", value: String(questions) },
      { label: "questions answered", value: range(asked) },
      {
        label: "standard error, points",
        value: `± ${(100 * median(standings.map(({ standardError }) => standardError))).toFixed(1)}`,
      },
    ],
    sections: sections.filter((section) => section !== false),
    footer: "Made by Tripos.",
  });
}

function range(counts: readonly number[]): string {
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return least === most ? String(most) : `${least}–${most}`;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}
