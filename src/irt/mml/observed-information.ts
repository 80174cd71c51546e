import { completeInformation, type InformationInput, scoreTable } from "./information.ts";
import { posteriors } from "./posteriors.ts";

/** Nodes of less posterior weight are left out of the covariance of scores. */
const thin = 1e-8;

/**
 * Observed information of all free parameters, m × m: Louis' identity (1982), the complete-data information less the
 * posterior covariance of the complete-data score, pattern by pattern.
 */
export function observedInformation(input: InformationInput): Float64Array {
  const { model, nodes, x, patterns, free, parameters: m } = input;
  const { size, categories } = model;
  const h = new Float64Array(m * m);
  for (let i = 0; i < x.length / size; i++) {
    const block = completeInformation(input, i);
    for (let j = 0; j < size; j++)
      for (let l = 0; l < size; l++) {
        const [r, c] = [free[i * size + j], free[i * size + l]];
        if (r >= 0 && c >= 0) h[r * m + c] += block[j * size + l];
      }
  }
  const scores = scoreTable(model, x, nodes);
  const s = new Float64Array(m);
  const mean = new Float64Array(m);
  const { start, row, weight, frequency } = patterns;
  posteriors(input, (p, from, to, posterior) => {
    const kept: number[] = [];
    for (let q = 0; q < to - from; q++) if (posterior[q] > thin) kept.push(q);
    const vectors = kept.map((q) => {
      const vector = new Float64Array(m);
      for (let e = start[p]; e < start[p + 1]; e++) {
        const item = Math.floor(row[e] / categories);
        for (let j = 0; j < size; j++) {
          const to = free[item * size + j];
          if (to >= 0) vector[to] += weight[e] * scores[(row[e] * size + j) * nodes.count + from + q];
        }
      }
      return vector;
    });
    mean.fill(0);
    vectors.forEach((vector, v) => {
      for (let r = 0; r < m; r++) mean[r] += posterior[kept[v]] * vector[r];
    });
    vectors.forEach((vector, v) => {
      const f = frequency[p] * posterior[kept[v]];
      for (let r = 0; r < m; r++) s[r] = vector[r] - mean[r];
      for (let r = 0; r < m; r++) {
        const fs = f * s[r];
        if (fs === 0) continue;
        const base = r * m;
        for (let c = 0; c <= r; c++) h[base + c] -= fs * s[c];
      }
    });
  });
  for (let r = 0; r < m; r++) for (let c = 0; c < r; c++) h[c * m + r] = h[r * m + c];
  return h;
}
