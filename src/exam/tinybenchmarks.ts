import type { Scenario } from "./scenarios.ts";

/** tinyBenchmarks' anchor estimate: Σ weight · score over the anchors of a scenario (their weights sum to 1). */
export function anchorEstimate(scores: ArrayLike<number>, weights: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < weights.length; k++) sum += weights[k] * scores[k];
  return sum;
}

/**
 * tinyBenchmarks' p-IRT of a scenario with N items (Polo et al. 2024, equation 3.2): n/N times the balanced mean of the
 * n answered items' scores plus (1 − n/N) times the balanced mean of P(right) over the others.
 *
 * @param answered indices of the answered items that are in the scenario; one given twice counts twice.
 * @param scores the score on each.
 * @param probability I, P(right) of the subject on every item.
 */
export function pIrtEstimate(
  { items, weights }: Scenario,
  answered: ArrayLike<number>,
  scores: ArrayLike<number>,
  probability: ArrayLike<number>,
): number {
  const n = items.length;
  const balance = new Map<number, number>();
  items.forEach((i, j) => {
    balance.set(i, n * weights[j]);
  });
  const seen = new Set<number>();
  let data = 0;
  for (let k = 0; k < answered.length; k++) {
    seen.add(answered[k]);
    data += (balance.get(answered[k]) as number) * scores[k];
  }
  let rest = 0;
  for (const i of items) if (!seen.has(i)) rest += (balance.get(i) as number) * probability[i];
  const share = answered.length / n;
  const dataPart = answered.length > 0 ? data / answered.length : 0;
  const irtPart = seen.size < n ? rest / (n - seen.size) : 0;
  return share * dataPart + (1 - share) * irtPart;
}

/**
 * Weight λ of the anchor estimate in gp-IRT: b² / (v/(4n) + b²), with b the mean absolute error of p-IRT on unseen items
 * in validation, v the mean over subjects of the variance of their scores in the scenario, n the number of anchors
 * (tinyBenchmarks' training notebook).
 */
export function gpIrtWeight(error: number, variance: number, anchors: number): number {
  return error ** 2 / (variance / (4 * anchors) + error ** 2);
}

/** gp-IRT: λ · anchor + (1 − λ) · p-IRT. */
export function gpIrtEstimate(weight: number, anchor: number, pIrt: number): number {
  return weight * anchor + (1 - weight) * pIrt;
}
