import { symmetricEigen } from "../numerics/index.ts";

/**
 * Rewards taken apart: each is the model's mean, a part common to all models (how easy the question is) and the model's
 * own part (whom the question suits). Own parts hold little that can be learnt, so they are shrunk by themselves.
 */
export interface RewardParts<Numbers = Float32Array> {
  /** n. */
  readonly common: Numbers;
  /** n × M; each question's sum to 0. */
  readonly own: Numbers;
}

/** @param means M means that the rewards, n × M, are compared with */
export function takeApart(rewards: ArrayLike<number>, means: Float64Array): RewardParts {
  const width = means.length;
  const n = rewards.length / width;
  const common = new Float32Array(n);
  const own = new Float32Array(n * width);
  for (let i = 0; i < n; i++) {
    for (let m = 0; m < width; m++) common[i] += (rewards[i * width + m] - means[m]) / width;
    for (let m = 0; m < width; m++) own[i * width + m] = rewards[i * width + m] - means[m] - common[i];
  }
  return { common, own };
}

/** n × r: the rows of an n × width table along the r directions in which they vary most. */
export function mainDirections(table: Float32Array, width: number, most: number): Float32Array {
  const n = table.length / width;
  const r = Math.min(most, width - 1);
  const scatter = new Float64Array(width * width);
  for (let o = 0; o < table.length; o += width)
    for (let a = 0; a < width; a++)
      for (let b = 0; b < width; b++) scatter[a * width + b] += table[o + a] * table[o + b];
  const { vectors } = symmetricEigen(scatter, width);
  const out = new Float32Array(n * r);
  for (let i = 0; i < n; i++)
    for (let d = 0; d < r; d++)
      for (let m = 0; m < width; m++) out[i * r + d] += table[i * width + m] * vectors[m * width + d];
  return out;
}

/** Columns of several n-row tables side by side. */
export function sideBySide(tables: readonly Float32Array[], n: number): Float32Array {
  const widths = tables.map((table) => table.length / n);
  const total = widths.reduce((sum, width) => sum + width, 0);
  const out = new Float32Array(n * total);
  for (let i = 0; i < n; i++) {
    let at = i * total;
    tables.forEach((table, k) => {
      out.set(table.subarray(i * widths[k], (i + 1) * widths[k]), at);
      at += widths[k];
    });
  }
  return out;
}
