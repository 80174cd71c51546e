import { constrainedInverse } from "../../numerics/index.ts";
import { completeInformation, type InformationInput, scoreTable } from "./information.ts";
import { posteriors } from "./posteriors.ts";
import { addScaleError } from "./scale-error.ts";

/** Posterior weight of nodes at the ends of a posterior that are left out. */
const negligible = 1e-10;

/**
 * Covariance of each item's ξ from its own block of the observed information, I × size × size, for banks too large for
 * the whole. A block holds the other items fixed, and so leaves out the error of the scale: see {@link addScaleError}.
 */
export function blockCovariances(input: InformationInput, subjects: number): Float64Array {
  const { model, nodes, x, patterns, free } = input;
  const { size, categories } = model;
  const items = x.length / size;
  const blocks = new Float64Array(items * size * size);
  for (let i = 0; i < items; i++) blocks.set(completeInformation(input, i), i * size * size);
  const scores = scoreTable(model, x, nodes);
  const { start: starts, row, weight, frequency } = patterns;
  // E ssᵀ of whole answers, for all subjects at once; what is left of the covariance is −(E s)(E s)ᵀ of each.
  const whole = new Float64Array(input.counts.length);
  const mean = new Float64Array(size);
  posteriors(input, (p, start, end, values) => {
    // A window comes in whole blocks; most of the work is in the nodes that carry weight.
    let from = start;
    let to = end;
    while (to > from + 1 && values[to - 1 - start] < negligible) to--;
    while (from < to - 1 && values[from - start] < negligible) from++;
    const posterior = values.subarray(from - start, to - start);
    const width = to - from;
    const f = frequency[p];
    const partOf = (entry: number) => ({
      weight: weight[entry],
      scores: Array.from({ length: size }, (_, j) => {
        const at = (row[entry] * size + j) * nodes.count + from;
        return scores.subarray(at, at + width);
      }),
    });
    for (let e = starts[p]; e < starts[p + 1]; e++) {
      const item = Math.floor(row[e] / categories);
      const base = item * size * size;
      if (e + 1 < starts[p + 1] && Math.floor(row[e + 1] / categories) === item) {
        subtractCovariance(blocks, base, size, f, [e, e + 1].map(partOf), posterior, width);
        e++;
        continue;
      }
      if (weight[e] !== 1) {
        subtractCovariance(blocks, base, size, f, [partOf(e)], posterior, width);
        continue;
      }
      const at = row[e] * nodes.count + from;
      for (let q = 0; q < width; q++) whole[at + q] += f * posterior[q];
      for (let j = 0; j < size; j++) {
        const first = (row[e] * size + j) * nodes.count + from;
        let sum = 0;
        for (let q = 0; q < width; q++) sum += posterior[q] * scores[first + q];
        mean[j] = sum;
        for (let l = 0; l <= j; l++) blocks[base + j * size + l] += f * sum * mean[l];
      }
    }
  });
  for (let r = 0; r < (x.length / size) * categories; r++) {
    const base = Math.floor(r / categories) * size * size;
    for (let j = 0; j < size; j++)
      for (let l = 0; l <= j; l++) {
        let sum = 0;
        for (let q = 0; q < nodes.count; q++)
          sum +=
            whole[r * nodes.count + q] *
            scores[(r * size + j) * nodes.count + q] *
            scores[(r * size + l) * nodes.count + q];
        blocks[base + j * size + l] -= sum;
      }
  }
  for (let i = 0; i < items; i++)
    for (let j = 0; j < size; j++)
      for (let l = 0; l < j; l++)
        blocks[i * size * size + l * size + j] = blocks[i * size * size + j * size + l];
  const covariances = new Float64Array(blocks.length);
  for (let i = 0; i < items; i++) {
    const index = Array.from({ length: size }, (_, j) => j).filter((j) => free[i * size + j] >= 0);
    const n = index.length;
    const part = new Float64Array(n * n);
    index.forEach((j, r) => {
      index.forEach((l, c) => {
        part[r * n + c] = blocks[i * size * size + j * size + l];
      });
    });
    const inverse = constrainedInverse(part, n);
    const at = (j: number, l: number) => i * size * size + j * size + l;
    index.forEach((j, r) => {
      index.forEach((l, c) => {
        covariances[at(j, l)] = inverse ? inverse[r * n + c] : j === l ? Infinity : 0;
      });
    });
  }
  if (Number.isFinite(subjects)) addScaleError(covariances, model, x, free, subjects);
  return covariances;
}

/** Subtracts f times the posterior covariance of Σ weight · score from the lower triangle at `base`. */
function subtractCovariance(
  blocks: Float64Array,
  base: number,
  size: number,
  f: number,
  parts: readonly { readonly weight: number; readonly scores: readonly Float64Array[] }[],
  posterior: Float64Array,
  width: number,
): void {
  const mean = new Float64Array(size);
  const moment = new Float64Array(size * size);
  const s = new Float64Array(size);
  for (let q = 0; q < width; q++) {
    s.fill(0);
    for (const part of parts) for (let j = 0; j < size; j++) s[j] += part.weight * part.scores[j][q];
    for (let j = 0; j < size; j++) {
      mean[j] += posterior[q] * s[j];
      for (let l = 0; l <= j; l++) moment[j * size + l] += posterior[q] * s[j] * s[l];
    }
  }
  for (let j = 0; j < size; j++)
    for (let l = 0; l <= j; l++)
      blocks[base + j * size + l] -= f * (moment[j * size + l] - mean[j] * mean[l]);
}
