import type { Nodes } from "../nodes.ts";
import { completeInformation, type InformationInput, scoreTable } from "./information.ts";
import { posteriors } from "./posteriors.ts";

/** Nodes of less posterior weight are left out of the covariance of scores. */
const thin = 1e-8;

/**
 * Distance of nodes, in standard deviations of the posterior along its narrowest direction, that the covariance of scores is
 * summed over: the rectangular rule's relative error is there 2 exp(−2π²/1.44) = 2e-6.
 */
const apart = 1.2;

/** Nodes that a posterior needs along each axis at that distance. */
const nodesAlong = 11;

/** Multiply-adds that {@link observedInformation} and the inversion of its result take, about. */
export function informationWork({ nodes, patterns, parameters }: InformationInput): number {
  const width = Math.min(nodes.count, nodesAlong ** nodes.dims);
  return (patterns.count * width * parameters ** 2) / 2 + parameters ** 3;
}

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
  const mean = new Float64Array(m);
  const { start, row, weight, frequency } = patterns;
  posteriors(input, (p, from, to, posterior) => {
    const kept = sparseNodes(nodes, from, posterior.subarray(0, to - from));
    let total = 0;
    for (const q of kept) total += posterior[q];
    mean.fill(0);
    const vectors = kept.map((q) => {
      const vector = new Float64Array(m);
      for (let e = start[p]; e < start[p + 1]; e++) {
        const item = Math.floor(row[e] / categories);
        for (let j = 0; j < size; j++) {
          const at = free[item * size + j];
          if (at >= 0) vector[at] += weight[e] * scores[(row[e] * size + j) * nodes.count + from + q];
        }
      }
      for (let r = 0; r < m; r++) mean[r] += (posterior[q] / total) * vector[r];
      return vector;
    });
    vectors.forEach((vector, v) => {
      const root = Math.sqrt((frequency[p] * posterior[kept[v]]) / total);
      for (let r = 0; r < m; r++) vector[r] = root * (vector[r] - mean[r]);
    });
    subtractGram(h, vectors, m);
  });
  for (let r = 0; r < m; r++) for (let c = 0; c < r; c++) h[c * m + r] = h[r * m + c];
  return h;
}

/** Nodes (from `from` on) that a posterior is summed over: of a rectangular grid only as many as its width asks for. */
function sparseNodes(nodes: Nodes, from: number, posterior: Float64Array): number[] {
  const { dims, count, theta, spacing } = nodes;
  const kept: number[] = [];
  const stride =
    dims > 2 ? 1 : Math.max(1, Math.floor((apart * narrowest(theta, dims, from, posterior)) / spacing));
  const along = dims === 2 ? Math.round(Math.sqrt(count)) : count;
  for (let q = 0; q < posterior.length; q++) {
    if (posterior[q] <= thin) continue;
    const at = from + q;
    if ((at % along) % stride === 0 && Math.floor(at / along) % stride === 0) kept.push(q);
  }
  return kept;
}

/** Standard deviation of a posterior in one or two dimensions along its narrowest direction. */
function narrowest(theta: Float64Array, dims: number, from: number, posterior: Float64Array): number {
  let [mx, my, xx, xy, yy] = [0, 0, 0, 0, 0];
  posterior.forEach((w, q) => {
    const x = theta[(from + q) * dims];
    const y = dims === 2 ? theta[(from + q) * dims + 1] : 0;
    mx += w * x;
    my += w * y;
    xx += w * x * x;
    xy += w * x * y;
    yy += w * y * y;
  });
  xx -= mx * mx;
  xy -= mx * my;
  yy -= my * my;
  const variance = dims === 1 ? xx : (xx + yy - Math.hypot(xx - yy, 2 * xy)) / 2;
  return Math.sqrt(Math.max(0, variance));
}

/** Subtracts Σ v vᵀ from the lower triangle of h, four vectors at a time for the memory's sake. */
function subtractGram(h: Float64Array, vectors: Float64Array[], m: number): void {
  const none = new Float64Array(m);
  for (let v = 0; v < vectors.length; v += 4) {
    const [s, t, u, w] = [vectors[v], vectors[v + 1] ?? none, vectors[v + 2] ?? none, vectors[v + 3] ?? none];
    for (let r = 0; r < m; r++) {
      const [a, b, c, d] = [s[r], t[r], u[r], w[r]];
      const base = r * m;
      for (let k = 0; k <= r; k++) h[base + k] -= a * s[k] + b * t[k] + c * u[k] + d * w[k];
    }
  }
}
