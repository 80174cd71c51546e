import type { Cells, Gaussians } from "../../kernels/index.ts";
import { logistic } from "../../numerics/index.ts";
import { type ItemPrior, precisionOf } from "./prior.ts";

/** Of each response, n E[σ′] and y − n E[σ], S × I; both 0 where it is missing. */
export interface ResponseInformation {
  readonly weight: Float64Array;
  readonly residual: Float64Array;
}

/** Expectations by the probit approximation (MacKay 1992). */
export function responseInformation(
  { columns, trials, successes }: Cells,
  subjects: Gaussians,
  items: Gaussians,
): ResponseInformation {
  const { size } = items;
  const weight = new Float64Array(trials.length);
  const residual = new Float64Array(trials.length);
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
    const shrink = 1 / Math.sqrt(1 + (Math.PI * Math.max(0, variance)) / 8);
    const value = logistic(mean * shrink);
    weight[at] = n * value * (1 - value) * shrink;
    residual[at] = successes[at] - n * value;
  }
  return { weight, residual };
}

/** Information of each row about itself, prior included: S × D × D and I × K × K. */
export function ownInformation(
  responses: ResponseInformation,
  subjects: Gaussians,
  items: Gaussians,
  prior: ItemPrior,
) {
  const { size } = items;
  const dims = size - 1;
  const ofSubjects = new Float64Array(subjects.rows * dims * dims);
  const ofItems = new Float64Array(items.rows * size * size);
  const { precision } = precisionOf(prior).prior;
  for (let i = 0; i < items.rows; i++) ofItems.set(precision, i * size * size);
  for (let s = 0; s < subjects.rows; s++) {
    for (let d = 0; d < dims; d++) ofSubjects[(s * dims + d) * dims + d] = 1;
    for (let i = 0; i < items.rows; i++) {
      const weight = responses.weight[s * items.rows + i];
      if (weight === 0) continue;
      for (let k = 0; k < size; k++) {
        const x = weight * subjects.mean[s * size + k];
        const a = weight * items.mean[i * size + k];
        for (let l = 0; l < size; l++) {
          ofItems[(i * size + k) * size + l] += x * subjects.mean[s * size + l];
          if (k < dims && l < dims) ofSubjects[(s * dims + k) * dims + l] += a * items.mean[i * size + l];
        }
      }
    }
  }
  return { subjects: ofSubjects, items: ofItems };
}

/** Calls `visit(x, d, value)` with the information that coordinate x of an item shares with coordinate d of a subject. */
export function shared(
  responses: ResponseInformation,
  subjects: Gaussians,
  items: Gaussians,
  s: number,
  i: number,
  curved: boolean,
  visit: (x: number, d: number, value: number) => void,
): void {
  const weight = responses.weight[s * items.rows + i];
  const residual = responses.residual[s * items.rows + i];
  if (weight === 0) return;
  const { size } = items;
  for (let x = 0; x < size; x++)
    for (let d = 0; d < size - 1; d++)
      visit(
        x,
        d,
        weight * subjects.mean[s * size + x] * items.mean[i * size + d] - (curved && x === d ? residual : 0),
      );
}
