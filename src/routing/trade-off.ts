/** Mean cost and mean reward of one way to choose. */
export interface TradeOff {
  readonly cost: number;
  readonly reward: number;
}

/**
 * The non-decreasing upper convex hull of some points, ascending in cost: what can be had by mixing them at random
 * (RouterBench, Hu et al. 2024, section 3).
 */
export function costQualityHull(points: readonly TradeOff[]): TradeOff[] {
  const hull: TradeOff[] = [];
  let best = Number.NEGATIVE_INFINITY;
  for (const point of points.toSorted((a, b) => a.cost - b.cost || b.reward - a.reward)) {
    if (point.reward <= best) continue;
    best = point.reward;
    while (hull.length >= 2) {
      const [a, b] = [hull[hull.length - 2], hull[hull.length - 1]];
      const below =
        (b.reward - a.reward) * (point.cost - a.cost) <= (point.reward - a.reward) * (b.cost - a.cost);
      if (!below) break;
      hull.pop();
    }
    hull.push(point);
  }
  return hull;
}

/** Reward on the hull at a cost; 0 below its cheapest point. */
export function hullReward(hull: readonly TradeOff[], cost: number): number {
  if (hull.length === 0 || cost < hull[0].cost) return 0;
  for (let k = 1; k < hull.length; k++) {
    const [a, b] = [hull[k - 1], hull[k]];
    if (cost <= b.cost) return a.reward + ((b.reward - a.reward) * (cost - a.cost)) / (b.cost - a.cost);
  }
  return hull[hull.length - 1].reward;
}

/** Average improvement in quality (RouterBench): the mean reward of the hull over a range of costs. */
export function averageImprovementInQuality(
  points: readonly TradeOff[],
  [from, to]: readonly [number, number],
): number {
  const hull = costQualityHull(points);
  const steps = 1000;
  let sum = 0;
  for (let k = 0; k < steps; k++) sum += hullReward(hull, from + ((k + 0.5) / steps) * (to - from)) / steps;
  return sum;
}

/** Lowest cost on the hull at which a reward is reached; ∞ where it is not. */
export function costAtReward(points: readonly TradeOff[], reward: number): number {
  const hull = costQualityHull(points);
  const k = hull.findIndex((point) => point.reward >= reward);
  if (k < 0) return Number.POSITIVE_INFINITY;
  if (k === 0) return hull[0].cost;
  const [a, b] = [hull[k - 1], hull[k]];
  return a.cost + ((reward - a.reward) / (b.reward - a.reward)) * (b.cost - a.cost);
}

/** RouterBench's measures of a router's curve of costs and rewards beside single models. */
export interface TradeOffMeasures {
  /** Average improvement in quality over the range of the single models' costs, of the router and of their hull. */
  readonly aiq: number;
  readonly hullAiq: number;
  /** What the best single model costs, and the router at its reward and at 99 % of it; null where not reached. */
  readonly best: { readonly model: string; readonly reward: number; readonly cost: number };
  readonly costAtBest: number | null;
  readonly costAt99: number | null;
}

/** @param singles the single models' mean costs and rewards, by name */
export function tradeOffMeasures(
  curve: readonly TradeOff[],
  singles: Readonly<Record<string, TradeOff>>,
): TradeOffMeasures {
  const points = Object.values(singles);
  const costs = points.map(({ cost }) => cost);
  const range = [Math.min(...costs), Math.max(...costs)] as const;
  const [model, best] = Object.entries(singles).reduce((a, b) =>
    b[1].reward > a[1].reward || (b[1].reward === a[1].reward && b[1].cost < a[1].cost) ? b : a,
  );
  const orNull = (value: number) => (Number.isFinite(value) ? value : null);
  return {
    aiq: averageImprovementInQuality(curve, range),
    hullAiq: averageImprovementInQuality(points, range),
    best: { model, ...best },
    costAtBest: orNull(costAtReward(curve, best.reward)),
    costAt99: orNull(costAtReward(curve, 0.99 * best.reward)),
  };
}

/** RouteLLM's measures of a router between a strong and a weak model (Ong et al. 2024, section 3). */
export interface StrongWeakMeasures {
  /** Average share of the strong model's lead that is recovered, over all shares of strong calls; chance has 0.5. */
  readonly apgr: number;
  /** Least share of strong calls that recovers half, and four fifths, of the lead. */
  readonly cpt50: number;
  readonly cpt80: number;
}

/**
 * @param lead the router's expected gain of the strong model at each question: the highest are sent to it first
 * @param strong rewards of the strong model, `weak` of the weak one
 */
export function strongWeakMeasures(
  lead: ArrayLike<number>,
  strong: ArrayLike<number>,
  weak: ArrayLike<number>,
): StrongWeakMeasures {
  const n = lead.length;
  const order = Array.from({ length: n }, (_, i) => i).sort((a, b) => lead[b] - lead[a]);
  let total = 0;
  for (let i = 0; i < n; i++) total += strong[i] - weak[i];
  let recovered = 0;
  let apgr = 0;
  let cpt50 = 1;
  let cpt80 = 1;
  order.forEach((i, k) => {
    const before = recovered / total;
    recovered += strong[i] - weak[i];
    const share = recovered / total;
    apgr += (before + share) / 2 / n;
    if (share >= 0.5) cpt50 = Math.min(cpt50, (k + 1) / n);
    if (share >= 0.8) cpt80 = Math.min(cpt80, (k + 1) / n);
  });
  return { apgr, cpt50, cpt80 };
}
