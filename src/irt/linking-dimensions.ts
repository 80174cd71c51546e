import { InputError } from "../input-error.ts";
import { inversePositive, inverseSquare, logistic, minimizeBfgs, symmetricEigen } from "../numerics/index.ts";
import { logWeights, standardNormal } from "./latent.ts";
import { type Nodes, nodesFor, quasiMonteCarlo } from "./nodes.ts";
import type { ItemParameters } from "./parameters.ts";

/** θ of the other bank = B · θ of the base + c: rotation, dilation, correlation and shift of all axes at once. */
export interface DimensionsLink {
  /** B, D × D. */
  readonly transform: Float64Array;
  /** c, D. */
  readonly offset: Float64Array;
  /** (D² + D)², of B row by row and c, by a jackknife over common items: what another choice of them would change. */
  readonly covariance: Float64Array;
  /** Root mean squared distance of the linked surfaces (probabilities of an item over both populations). */
  readonly rmsd: number;
}

/** Smallest share of the common items' slopes that the direction they know least may have. */
const leastSpan = 1e-3;

/**
 * Links two banks of the same D dimensions through common items whose response surfaces are brought together, in squared
 * distance over N(0, I) on both scales: Haebara's (1980) symmetric criterion in several dimensions, the item characteristic
 * function method of Oshima, Davey & Lee (2000). It starts from the oblique Procrustes rotation of the slopes, which alone
 * would mistake their errors for shrinkage.
 * @param common pairs of indices of the same item in `base` and in `other`.
 * @throws InputError with D common items or fewer, slopes that do not span the dimensions, ordered scores or other models.
 */
export function linkDimensions(
  base: ItemParameters,
  other: ItemParameters,
  common: readonly (readonly [number, number])[],
): DimensionsLink {
  const { dims } = base;
  if (base.family !== other.family || dims !== other.dims)
    throw new InputError("the banks' models differ", {
      found: `${base.family} in ${base.dims} and ${other.family} in ${other.dims} dimensions`,
    });
  if (base.categories !== undefined)
    throw new InputError("ordered items are linked in one dimension only", { found: `${dims} dimensions` });
  if (common.length <= dims)
    throw new InputError("too few common items to link by", {
      found: String(common.length),
      expected: `${dims + 1} or more in ${dims} dimensions`,
      hint: "Calibrate the second set of responses --onto the first bank instead.",
    });
  const pairs = common.map(([b, o]) => ({ base: itemAt(base, b), other: itemAt(other, o) }));
  for (const side of ["base", "other"] as const) {
    const { values } = symmetricEigen(gram(pairs, side, dims), dims);
    if (!(values[dims - 1] > leastSpan * values[0]))
      throw new InputError("the common items do not tell the dimensions apart", {
        found: `${common.length} common items whose slopes lie in fewer than ${dims} dimensions`,
        hint: "Calibrate the second set of responses --onto the first bank instead.",
      });
  }
  const nodes = dims === 2 ? nodesFor(2, 4, 0.8) : quasiMonteCarlo(dims, 300);
  const distance = distanceOf(dims, nodes);
  const whole = minimizeBfgs((x, gradient) => distance(pairs, x, gradient), procrustes(pairs, dims), {
    tolerance: 1e-7,
  });
  return {
    transform: whole.x.slice(0, dims * dims),
    offset: whole.x.slice(dims * dims),
    covariance: jackknife(pairs, distance, whole.x, dims),
    rmsd: Math.sqrt(whole.value),
  };
}

/**
 * Infinitesimal jackknife over the items (Jaeckel 1972): H⁻¹ Σ gᵢgᵢᵀ H⁻¹ with gᵢ an item's share of the gradient, times
 * m / (m − p) for m = n (D + 1) slopes and intercepts and p numbers fitted to them.
 */
function jackknife(pairs: readonly Pair[], distance: Distance, x: Float64Array, dims: number): Float64Array {
  const size = x.length;
  const curvature = new Float64Array(size * size);
  const [above, below] = [new Float64Array(size), new Float64Array(size)];
  const step = 1e-4;
  for (let j = 0; j < size; j++) {
    const moved = x.slice();
    moved[j] = x[j] + step;
    distance(pairs, moved, above);
    moved[j] = x[j] - step;
    distance(pairs, moved, below);
    for (let k = 0; k < size; k++) {
      curvature[j * size + k] += (above[k] - below[k]) / (4 * step);
      curvature[k * size + j] += (above[k] - below[k]) / (4 * step);
    }
  }
  const inverse = inversePositive(curvature, size);
  const covariance = new Float64Array(size * size);
  if (!inverse) return covariance.fill(Number.POSITIVE_INFINITY);
  const m = pairs.length * (dims + 1);
  const factor = m / (Math.max(1, m - size) * pairs.length ** 2);
  for (const pair of pairs) {
    distance([pair], x, above);
    const moves = above.map((_, j) => above.reduce((sum, g, k) => sum + inverse[j * size + k] * g, 0));
    for (let j = 0; j < size; j++)
      for (let k = 0; k < size; k++) covariance[j * size + k] += factor * moves[j] * moves[k];
  }
  return covariance;
}

interface Item {
  readonly slopes: Float64Array;
  readonly intercept: number;
  readonly lower: number;
  readonly upper: number;
}

interface Pair {
  readonly base: Item;
  readonly other: Item;
}

function itemAt({ dims, discrimination, intercept, guessing, upper }: ItemParameters, i: number): Item {
  const slopes = discrimination.slice(i * dims, (i + 1) * dims);
  return { slopes, intercept: intercept[i], lower: guessing?.[i] ?? 0, upper: upper?.[i] ?? 1 };
}

function gram(pairs: readonly Pair[], side: "base" | "other", dims: number): Float64Array {
  const out = new Float64Array(dims * dims);
  for (const pair of pairs)
    for (let j = 0; j < dims; j++)
      for (let k = 0; k < dims; k++) out[j * dims + k] += pair[side].slopes[j] * pair[side].slopes[k];
  return out;
}

/** Least squares of the base's slopes and intercepts on the other's slopes: B and c. */
function procrustes(pairs: readonly Pair[], dims: number): Float64Array {
  const inverse = inversePositive(gram(pairs, "other", dims), dims)!;
  const x = new Float64Array(dims * dims + dims);
  for (const { base, other } of pairs)
    for (let j = 0; j < dims; j++) {
      let weight = 0;
      for (let k = 0; k < dims; k++) weight += inverse[j * dims + k] * other.slopes[k];
      for (let k = 0; k < dims; k++) x[j * dims + k] += weight * base.slopes[k];
      x[dims * dims + j] += weight * (base.intercept - other.intercept);
    }
  return x;
}

/** Mean squared distance of the pairs' surfaces over both populations, its gradient written. */
type Distance = (pairs: readonly Pair[], x: Float64Array, gradient: Float64Array) => number;

function distanceOf(dims: number, nodes: Nodes): Distance {
  const weights = logWeights(nodes, standardNormal(dims)).map(Math.exp);
  const square = dims * dims;
  return (pairs, x, gradient) => {
    gradient.fill(0);
    const inverse = inverseSquare(x.subarray(0, square), dims);
    if (!inverse) return Number.POSITIVE_INFINITY;
    // θ_base = C θ_other + e with C = B⁻¹ and e = −C c.
    const back = new Float64Array(x.length);
    back.set(inverse);
    for (let j = 0; j < dims; j++)
      for (let k = 0; k < dims; k++) back[square + j] -= inverse[j * dims + k] * x[square + k];
    const backward = new Float64Array(x.length);
    let loss = 0;
    for (const { base, other } of pairs) {
      loss += surfaceDistance(base, other, x, dims, nodes, weights, gradient);
      loss += surfaceDistance(other, base, back, dims, nodes, weights, backward);
    }
    // dC = −C dB C and de = −dC c − C dc.
    for (let j = 0; j < dims; j++)
      for (let k = 0; k < dims; k++) backward[j * dims + k] -= backward[square + j] * x[square + k];
    for (let j = 0; j < dims; j++)
      for (let k = 0; k < dims; k++) {
        gradient[square + j] -= inverse[k * dims + j] * backward[square + k];
        for (let p = 0; p < dims; p++)
          for (let q = 0; q < dims; q++)
            gradient[j * dims + k] -= inverse[p * dims + j] * backward[p * dims + q] * inverse[k * dims + q];
      }
    for (let j = 0; j < x.length; j++) gradient[j] /= 2 * pairs.length;
    return loss / (2 * pairs.length);
  };
}

/** E (P_here(θ) − P_there(Bθ + c))² and, added to `gradient`, its derivative in B and c. */
function surfaceDistance(
  here: Item,
  there: Item,
  x: Float64Array,
  dims: number,
  { theta, count }: Nodes,
  weights: Float64Array,
  gradient: Float64Array,
): number {
  const square = dims * dims;
  const slopes = new Float64Array(dims);
  let intercept = there.intercept;
  for (let j = 0; j < dims; j++) {
    intercept += there.slopes[j] * x[square + j];
    for (let k = 0; k < dims; k++) slopes[k] += there.slopes[j] * x[j * dims + k];
  }
  const pulls = new Float64Array(dims + 1);
  let loss = 0;
  for (let q = 0; q < count; q++) {
    let [z, y] = [intercept, here.intercept];
    for (let k = 0; k < dims; k++) {
      z += slopes[k] * theta[q * dims + k];
      y += here.slopes[k] * theta[q * dims + k];
    }
    const share = logistic(z);
    const range = there.upper - there.lower;
    const gap = here.lower + (here.upper - here.lower) * logistic(y) - there.lower - range * share;
    loss += weights[q] * gap * gap;
    const pull = -2 * weights[q] * gap * range * share * (1 - share);
    for (let k = 0; k < dims; k++) pulls[k] += pull * theta[q * dims + k];
    pulls[dims] += pull;
  }
  for (let j = 0; j < dims; j++) {
    for (let k = 0; k < dims; k++) gradient[j * dims + k] += there.slopes[j] * pulls[k];
    gradient[square + j] += there.slopes[j] * pulls[dims];
  }
  return loss;
}
