import type { Cells, Gaussians } from "../../kernels/index.ts";
import { gaussHermite, logistic } from "../../numerics/index.ts";

/** Of each response, S × I, under the normal posterior of its logit; 0 where it is missing. */
export interface ResponseInformation {
  /** y − n E[σ]. */
  readonly residual: Float64Array;
  /** n E[σ′], n E[σ″] and n E[σ‴]. */
  readonly first: Float64Array;
  readonly second: Float64Array;
  readonly third: Float64Array;
}

/** The rule that the sweeps use, so that the residuals are those that the posteriors balance. */
const { nodes, weights } = gaussHermite(7);

export function responseInformation(
  { columns, trials, successes }: Cells,
  subjects: Gaussians,
  items: Gaussians,
): ResponseInformation {
  const { size } = items;
  const residual = new Float64Array(trials.length);
  const first = new Float64Array(trials.length);
  const second = new Float64Array(trials.length);
  const third = new Float64Array(trials.length);
  for (let at = 0; at < trials.length; at++) {
    const n = trials[at];
    if (n === 0) continue;
    const s = Math.floor(at / columns) * size;
    const i = (at % columns) * size;
    let mean = 0;
    let variance = 0;
    for (let k = 0; k < size; k++) {
      const theta = subjects.mean[s + k];
      const a = items.mean[i + k];
      mean += theta * a;
      for (let l = 0; l < size; l++) {
        const ofSubject = subjects.covariance[(s + k) * size + l];
        const ofItem = items.covariance[(i + k) * size + l];
        variance += ofSubject * (ofItem + a * items.mean[i + l]) + ofItem * theta * subjects.mean[s + l];
      }
    }
    const deviation = Math.sqrt(Math.max(0, variance));
    residual[at] = successes[at];
    for (let q = 0; q < nodes.length; q++) {
      const p = logistic(mean + deviation * nodes[q]);
      const slope = n * weights[q] * p * (1 - p);
      residual[at] -= n * weights[q] * p;
      first[at] += slope;
      second[at] += slope * (1 - 2 * p);
      third[at] += slope * (1 - 6 * p * (1 - p));
    }
  }
  return { residual, first, second, third };
}

/** Without what is 0 in expectation (the residuals), or about 0 (the weights' own change). */
export function expectedInformation({ first }: ResponseInformation): ResponseInformation {
  const none = new Float64Array(first.length);
  return { residual: none, first, second: none, third: none };
}
