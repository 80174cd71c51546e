/** An item as its curve needs it: along one axis, all numbers by themselves, so that it can travel in a page. */
export interface CurveItem {
  readonly slope: number;
  /** d of right/wrong items; d_1 … d_{K−1} of ordered ones. */
  readonly intercepts: readonly number[];
  readonly lower: number;
  readonly upper: number;
  /** Partial credit: the categories' weights are exponentials, not differences of logistic curves. */
  readonly partialCredit?: boolean;
}

/**
 * Probability of each score 0 … K − 1 at an ability. It stands alone, without imports, because the page carries it as
 * text for the curves that a reader asks for.
 */
export function scoreProbabilities(item: CurveItem, theta: number): number[] {
  const z = item.intercepts.map((d, k) => (item.partialCredit ? k + 1 : 1) * item.slope * theta + d);
  if (item.partialCredit) {
    const highest = Math.max(0, ...z);
    const weights = [0, ...z].map((x) => Math.exp(x - highest));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return weights.map((weight) => weight / sum);
  }
  const atLeast = z.map((x) => item.lower + (item.upper - item.lower) / (1 + Math.exp(-x)));
  return [1, ...atLeast].map((p, k) => p - (atLeast[k] ?? 0));
}

/** Expected share of the highest score; for right/wrong items the probability of a right answer. */
export function expectedScore(item: CurveItem, theta: number, probabilities = scoreProbabilities): number {
  const p = probabilities(item, theta);
  return p.reduce((sum, probability, score) => sum + probability * score, 0) / (p.length - 1);
}

/** Fisher information Σ_k P_k'² / P_k about the ability (Samejima 1969), its derivatives by central differences. */
export function curveInformation(item: CurveItem, theta: number, probabilities = scoreProbabilities): number {
  const step = 1e-4;
  const [below, at, above] = [theta - step, theta, theta + step].map((x) => probabilities(item, x));
  return at.reduce((sum, p, k) => {
    const slope = (above[k] - below[k]) / (2 * step);
    return p > 1e-12 ? sum + (slope * slope) / p : sum;
  }, 0);
}
