import type { EvaluatedDataset } from "./evaluation.ts";
import { costQualityHull, type TradeOff } from "./trade-off.ts";

/**
 * LLMRouterBench's measures (Li et al. 2026, arXiv:2601.07206), from means over the datasets. Shares, not per cent.
 */
export interface BenchmarkMeasures {
  /** AvgAcc: mean of the datasets' rewards. */
  readonly avgAcc: number;
  /** Gain@R and Gain@B: mean relative gain over a random choice, and over the best single model of each dataset. */
  readonly gainOverRandom: number;
  readonly gainOverBest: number;
  /** Gap@O: mean share by which the oracle is missed. */
  readonly gapToOracle: number;
  /** PerfGain: highest reward along the router's cost curve, relative to the best single model; null without costs. */
  readonly perfGain: number | null;
  /** CostSave: most cost saved, against the best single model, at no lower reward; null without costs or where none. */
  readonly costSave: number | null;
  /**
   * ParetoDist: mean distance of the router's curve to the Pareto frontier of the curve and the single models, costs
   * and rewards scaled to [0, 1]; 0 where no single model beats the router; null without costs.
   */
  readonly paretoDist: number | null;
}

export function llmRouterBenchMeasures(details: readonly EvaluatedDataset[]): BenchmarkMeasures {
  const mean = (value: (detail: EvaluatedDataset) => number) =>
    details.reduce((sum, detail) => sum + value(detail), 0) / details.length;
  return {
    avgAcc: mean(({ summary }) => summary.router.reward),
    gainOverRandom: mean(({ summary: { router, random } }) => router.reward / random - 1),
    gainOverBest: mean(({ summary: { router, bestSingle } }) => router.reward / bestSingle.reward - 1),
    gapToOracle: mean(({ summary: { router, oracle } }) => 1 - router.reward / oracle),
    ...costMeasures(details),
  };
}

function costMeasures(details: readonly EvaluatedDataset[]) {
  const unknown = { perfGain: null, costSave: null, paretoDist: null };
  const points = details[0].curve.length;
  if (points === 0 || details.some(({ curve, modelCosts }) => curve.length !== points || !modelCosts))
    return unknown;
  const over = (values: (detail: EvaluatedDataset) => TradeOff): TradeOff => ({
    cost: details.reduce((sum, detail) => sum + values(detail).cost, 0) / details.length,
    reward: details.reduce((sum, detail) => sum + values(detail).reward, 0) / details.length,
  });
  const curve = details[0].curve.map((_, k) => over((detail) => detail.curve[k]));
  const singles = Object.keys(details[0].summary.models)
    .map((model) =>
      over(({ summary, modelCosts }) => ({
        cost: modelCosts?.[model] ?? Number.NaN,
        reward: summary.models[model] ?? Number.NaN,
      })),
    )
    .filter(({ cost, reward }) => Number.isFinite(cost) && Number.isFinite(reward));
  if (singles.length === 0) return unknown;
  const best = singles.reduce((a, b) =>
    b.reward > a.reward || (b.reward === a.reward && b.cost < a.cost) ? b : a,
  );
  const asGood = curve.filter(({ reward }) => reward >= best.reward);
  return {
    perfGain: Math.max(...curve.map(({ reward }) => reward)) / best.reward - 1,
    costSave:
      asGood.length > 0 && best.cost > 0 ? 1 - Math.min(...asGood.map(({ cost }) => cost)) / best.cost : null,
    paretoDist: distanceToFrontier(curve, [...curve, ...singles]),
  };
}

/** Mean distance of the curve's upper hull to the frontier of all points, on scales from the least to the most of these. */
function distanceToFrontier(curve: readonly TradeOff[], all: readonly TradeOff[]): number {
  const scale = (of: keyof TradeOff) => {
    const values = all.map((point) => point[of]);
    const [least, most] = [Math.min(...values), Math.max(...values)];
    return (value: number) => (most > least ? (value - least) / (most - least) : 0);
  };
  const [x, y] = [scale("cost"), scale("reward")];
  const frontier = all.filter(
    (point) =>
      !all.some(
        (other) =>
          other.cost <= point.cost &&
          other.reward >= point.reward &&
          (other.cost < point.cost || other.reward > point.reward),
      ),
  );
  const own = costQualityHull(curve);
  const distances = own.map((point) =>
    Math.min(
      ...frontier.map((other) =>
        Math.hypot(x(point.cost) - x(other.cost), y(point.reward) - y(other.reward)),
      ),
    ),
  );
  return distances.reduce((sum, distance) => sum + distance, 0) / distances.length;
}
