import { normalCdf } from "../numerics/index.ts";
import type { ScenarioScore, ScoreReport } from "./score.ts";

/** One line of a leaderboard, best first. */
export interface Standing {
  readonly rank: number;
  readonly subject: string;
  readonly estimate: number;
  readonly standardError: number;
  /** 95 % interval. */
  readonly interval: readonly [number, number];
  readonly answered: number;
  /**
   * Probability that it is truly above the next one, normal errors taken as independent; null for the last, and where
   * both scores are exact: which is above is a fact about this set of questions then, and says nothing of others.
   */
  readonly aboveNext: number | null;
  /** Ranks that the pairwise comparisons at 95 % leave open: 1 + those surely above … S − those surely below. */
  readonly rankInterval: readonly [number, number];
  readonly warnings: readonly string[];
}

/** Ranks subjects by one scenario (index into the reports' scenarios); those that answered none of it have no rank. */
export function leaderboard(reports: readonly ScoreReport[], scenario: number): Standing[] {
  const order = reports
    .map(({ subject, scenarios, warnings }) => ({ subject, warnings, ...scenarios[scenario] }))
    .filter(({ answered }) => answered > 0)
    .sort((a, b) => b.estimate - a.estimate);
  const above = (a: (typeof order)[number], b: (typeof order)[number]): number => {
    const scale = Math.hypot(a.standardError, b.standardError);
    const gap = a.estimate - b.estimate;
    return scale > 0 ? normalCdf(gap / scale) : gap > 0 ? 1 : gap < 0 ? 0 : 0.5;
  };
  return order.map((own, at) => ({
    rank: at + 1,
    subject: own.subject,
    estimate: own.estimate,
    standardError: own.standardError,
    interval: own.interval,
    answered: own.answered,
    aboveNext: at + 1 < order.length && !bothExact(own, order[at + 1]) ? above(own, order[at + 1]) : null,
    rankInterval: [
      1 + order.filter((other) => above(other, own) > 0.975).length,
      order.length - order.filter((other) => above(own, other) > 0.975).length,
    ],
    warnings: own.warnings,
  }));
}

function bothExact(a: ScenarioScore, b: ScenarioScore): boolean {
  return a.method === "complete" && b.method === "complete";
}

/** What to say of subjects that answered every question: their scores are no estimates. Undefined where there are none. */
export function exactNote(reports: readonly ScoreReport[]): string | undefined {
  const exact = reports.filter(({ scenarios }) => scenarios.at(-1)?.method === "complete");
  if (exact.length === 0) return undefined;
  const who =
    exact.length < reports.length ? `${exact.map(({ subject }) => subject).join(", ")}: all` : "All";
  return `${who} questions answered: the score is exact for this set of questions.`;
}
