import type { ResponseMatrix } from "../responses/index.ts";

/** Expected cost of an answer in dollars: base + perCharacter · length of the question, for each model. */
export interface CostModel {
  readonly base: Float64Array;
  readonly perCharacter: Float64Array;
}

/** Least squares of the known costs on the question's length, neither part below zero; NaN for a model without costs. */
export function fitCosts(matrix: ResponseMatrix): CostModel | undefined {
  const { costs, texts, subjects, items } = matrix;
  if (!costs) return undefined;
  const base = new Float64Array(subjects.length).fill(Number.NaN);
  const perCharacter = new Float64Array(subjects.length).fill(Number.NaN);
  for (let s = 0; s < subjects.length; s++) {
    let n = 0;
    let sx = 0;
    let sy = 0;
    let sxx = 0;
    let sxy = 0;
    for (let i = 0; i < items.length; i++) {
      const y = costs[s * items.length + i];
      if (!Number.isFinite(y)) continue;
      const x = texts?.[i].length ?? 0;
      n++;
      sx += x;
      sy += y;
      sxx += x * x;
      sxy += x * y;
    }
    if (n === 0) continue;
    const spread = sxx - (sx * sx) / n;
    const slope = spread > 0 ? (sxy - (sx * sy) / n) / spread : 0;
    const capped = Math.max(0, Math.min(slope, sx > 0 ? sy / sx : 0));
    perCharacter[s] = capped;
    base[s] = (sy - capped * sx) / n;
  }
  return base.every(Number.isNaN) ? undefined : { base, perCharacter };
}

/** Expected cost of each of `models` answers; NaN where unknown. */
export function expectedCosts(costs: CostModel | undefined, models: number, text: string): Float64Array {
  const out = new Float64Array(models).fill(Number.NaN);
  if (costs)
    for (let m = 0; m < costs.base.length; m++) out[m] = costs.base[m] + costs.perCharacter[m] * text.length;
  return out;
}
