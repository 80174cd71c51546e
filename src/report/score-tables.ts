import type { ScoreReport, Standing } from "../exam/index.ts";
import type { Table } from "./table.ts";

/** Every scenario of every subject, by the method relied on and by others; named by subject where there are several. */
export function scenarioTable(reports: readonly ScoreReport[]): Table {
  const several = reports.length > 1;
  return {
    columns: [
      ...(several ? [{ title: "model", maxWidth: 40 }] : []),
      { title: "scenario", maxWidth: 40 },
      { title: "score %", digits: 1 },
      { title: "95 % interval", align: "right" },
      { title: "by" },
      { title: "anchor", digits: 1 },
      { title: "p-IRT", digits: 1 },
      { title: "gp-IRT", digits: 1 },
      { title: "mean", digits: 1, note: "of the answers, each scenario balanced" },
      { title: "answered" },
    ],
    rows: reports.flatMap(({ subject, scenarios }) =>
      scenarios.map((s) => [
        ...(several ? [subject] : []),
        s.name,
        100 * s.estimate,
        percents(s.interval),
        s.method === "complete" ? "all answered" : s.method,
        100 * s.anchor,
        100 * s.pIRT,
        100 * s.gpIRT,
        100 * s.mean,
        s.answered,
      ]),
    ),
  };
}

/** The places of a leaderboard. */
export function standingTable(standings: readonly Standing[]): Table {
  return {
    columns: [
      { title: "rank" },
      { title: "model", maxWidth: 40 },
      { title: "score %", digits: 1 },
      { title: "± SE", digits: 1 },
      { title: "95 % interval", align: "right" },
      { title: "ranks", align: "right", note: "places that pairwise comparisons leave open" },
      {
        title: "P(above next)",
        digits: 2,
        note: "probability that the model is truly above the next one",
      },
      { title: "answered" },
    ],
    rows: standings.map((s) => [
      s.rank,
      s.subject,
      100 * s.estimate,
      100 * s.standardError,
      percents(s.interval),
      s.rankInterval[0] === s.rankInterval[1]
        ? `${s.rankInterval[0]}`
        : `${s.rankInterval[0]}–${s.rankInterval[1]}`,
      s.aboveNext,
      s.answered,
    ]),
  };
}

/** An interval of shares in percent. */
function percents([low, high]: readonly [number, number]): string {
  return `${(100 * low).toFixed(1)} – ${(100 * high).toFixed(1)}`;
}
