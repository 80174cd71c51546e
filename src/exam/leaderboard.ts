import { normalCdf } from "../numerics/index.ts";
import type { ScoreReport } from "./score.ts";

/** One line of a leaderboard, best first. */
export interface Standing {
  readonly rank: number;
  readonly subject: string;
  readonly estimate: number;
  readonly standardError: number;
  /** 95 % interval. */
  readonly interval: readonly [number, number];
  readonly answered: number;
  /** Probability that it is truly above the next one, normal errors taken as independent; null for the last. */
  readonly aboveNext: number | null;
  /** Ranks that the pairwise comparisons at 95 % leave open: 1 + those surely above … S − those surely below. */
  readonly rankInterval: readonly [number, number];
  readonly warnings: readonly string[];
}

/** Ranks subjects by one scenario (index into the reports' scenarios). */
export function leaderboard(reports: readonly ScoreReport[], scenario: number): Standing[] {
  const order = reports
    .map(({ subject, scenarios, warnings }) => ({ subject, warnings, ...scenarios[scenario] }))
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
    aboveNext: at + 1 < order.length ? above(own, order[at + 1]) : null,
    rankInterval: [
      1 + order.filter((other) => above(other, own) > 0.975).length,
      order.length - order.filter((other) => above(own, other) > 0.975).length,
    ],
    warnings: own.warnings,
  }));
}
