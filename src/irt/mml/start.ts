import { logit, seededNormal, seededRandom, thinSvd } from "../../numerics/index.ts";
import type { ResponseMatrix } from "../../responses/index.ts";
import type { ResponseModel } from "../models.ts";

/**
 * Starting values of ξ: slopes of one (with several dimensions the leading directions of the standardised responses, or
 * small random numbers where those say nothing), intercepts from the share of each answer.
 */
export function startingItems(matrix: ResponseMatrix, model: ResponseModel, seed: number): Float64Array {
  const { dims, size, categories, family } = model;
  const items = matrix.items.length;
  const x = new Float64Array(items * size);
  const slopes = dims === 1 ? new Float64Array(items).fill(1) : startingSlopes(matrix, dims, seed);
  for (let i = 0; i < items; i++) {
    const o = i * size;
    let norm = 0;
    for (let j = 0; j < dims; j++) {
      x[o + j] = slopes[i * dims + j];
      norm += x[o + j] ** 2;
    }
    // A normal ability with slopes a flattens the marginal curve by about √(1 + a²/1.7²).
    const steep = Math.sqrt(1 + norm / 2.89);
    const shares = categoryShares(matrix, i, categories);
    let above = 1;
    let sum = 0;
    for (let k = 1; k < categories; k++) {
      above -= shares[k - 1];
      if (family === "gpcm") sum += Math.log(shares[k] / shares[k - 1]);
      x[o + dims + k - 1] = family === "gpcm" ? sum : steep * logit(above);
    }
    if (family === "3pl" || family === "4pl") x[o + dims + 1] = logit(0.15);
    if (family === "4pl") x[o + dims + 2] = logit(0.95);
  }
  return x;
}

/** Share of each category, smoothed by half a response so that none is 0. */
function categoryShares(matrix: ResponseMatrix, item: number, categories: number): Float64Array {
  const shares = new Float64Array(categories).fill(0.5 / categories);
  let total = 0.5;
  for (let s = 0; s < matrix.subjects.length; s++) {
    const cell = s * matrix.items.length + item;
    if (!matrix.observed[cell]) continue;
    const score = matrix.scores[cell];
    if (categories === 2) {
      shares[1] += score;
      shares[0] += 1 - score;
    } else shares[score]++;
    total++;
  }
  return shares.map((v) => v / total);
}

/** At most this many subjects, evenly spread, enter the singular value decomposition. */
const sample = 200;

function startingSlopes(matrix: ResponseMatrix, dims: number, seed: number): Float64Array {
  const items = matrix.items.length;
  const rows = Math.min(sample, matrix.subjects.length);
  const z = new Float64Array(rows * items);
  for (let i = 0; i < items; i++) {
    let n = 0;
    let mean = 0;
    let square = 0;
    for (let r = 0; r < rows; r++) {
      const cell = Math.floor((r * matrix.subjects.length) / rows) * items + i;
      if (!matrix.observed[cell]) continue;
      z[r * items + i] = matrix.scores[cell];
      mean += matrix.scores[cell];
      square += matrix.scores[cell] ** 2;
      n++;
    }
    mean /= n || 1;
    const sd = Math.sqrt(Math.max(square / (n || 1) - mean * mean, 1e-12));
    for (let r = 0; r < rows; r++) {
      const cell = Math.floor((r * matrix.subjects.length) / rows) * items + i;
      z[r * items + i] = matrix.observed[cell] && sd > 1e-5 ? (z[r * items + i] - mean) / sd : 0;
    }
  }
  const { rank, v, values } = thinSvd(z, rows, items, dims);
  const noise = seededNormal(seededRandom(seed));
  const slopes = Float64Array.from({ length: items * dims }, () => 0.1 * noise());
  for (let i = 0; i < items; i++)
    for (let j = 0; j < Math.min(rank, dims); j++) {
      const loading = Math.max(-0.85, Math.min(0.85, (v[i * rank + j] * values[j]) / Math.sqrt(rows)));
      slopes[i * dims + j] += (1.7 * loading) / Math.sqrt(1 - loading ** 2);
    }
  return slopes;
}
