import { orderedObjective } from "./likelihood-ordered.ts";
import { type CurvePoint, curvePoint, probabilitiesOnly, type ResponseModel } from "./models.ts";
import type { Nodes } from "./nodes.ts";

/** log P of each item's category at each node: (I · K) × Q, row `item × K + category`. */
export function logProbabilities(model: ResponseModel, x: Float64Array, nodes: Nodes): Float64Array {
  const { categories, size } = model;
  const items = x.length / size;
  const table = new Float64Array(items * categories * nodes.count);
  const out = probabilitiesOnly(model);
  for (let i = 0; i < items; i++)
    for (let q = 0; q < nodes.count; q++) {
      model.evaluate(x, i * size, nodes.theta, q * nodes.dims, out);
      for (let k = 0; k < categories; k++)
        table[(i * categories + k) * nodes.count + q] = out.p[k] > 1e-300 ? Math.log(out.p[k]) : -690;
    }
  return table;
}

/** Expected log-likelihood of one item, its gradient and Fisher information, at ξ = x[offset …]. */
export interface ItemObjective {
  readonly gradient: Float64Array;
  readonly information: Float64Array;
  value(x: Float64Array, offset: number, row: number, derivatives: boolean): number;
}

/** @param counts (I · K) × Q expected responses, as the expectation step gives them. */
export function itemObjective(model: ResponseModel, nodes: Nodes, counts: Float64Array): ItemObjective {
  if (model.categories > 2) return orderedObjective(model, nodes, counts);
  const { size } = model;
  const gradient = new Float64Array(size);
  const information = new Float64Array(size * size);
  const out: CurvePoint = curvePoint(model);
  const { p, dx } = out;
  return {
    gradient,
    information,
    value(x, offset, row, derivatives) {
      if (derivatives) {
        gradient.fill(0);
        information.fill(0);
      }
      const wrong = row * nodes.count;
      const right = wrong + nodes.count;
      let sum = 0;
      for (let q = 0; q < nodes.count; q++) {
        const r0 = counts[wrong + q];
        const r1 = counts[right + q];
        if (r0 + r1 < 1e-9) continue;
        model.evaluate(x, offset, nodes.theta, q * nodes.dims, out);
        const p0 = Math.max(p[0], 1e-300);
        const p1 = Math.max(p[1], 1e-300);
        if (r0 > 0) sum += p[0] >= 0 ? r0 * Math.log(p0) : -Infinity;
        if (r1 > 0) sum += p[1] >= 0 ? r1 * Math.log(p1) : -Infinity;
        if (!derivatives) continue;
        // ∂P(wrong) = −∂P(right) halves the work.
        const pull = r1 / p1 - r0 / p0;
        const weight = (r0 + r1) * (1 / p0 + 1 / p1);
        for (let j = 0; j < size; j++) {
          const dj = dx[size + j];
          gradient[j] += pull * dj;
          for (let l = 0; l <= j; l++) information[j * size + l] += weight * dj * dx[size + l];
        }
      }
      if (derivatives)
        for (let j = 0; j < size; j++)
          for (let l = 0; l < j; l++) information[l * size + j] = information[j * size + l];
      return sum;
    },
  };
}
