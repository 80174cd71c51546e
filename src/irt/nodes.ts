import { gaussHermite, normalQuantile } from "../numerics/index.ts";

/** Points that stand for the distribution of ability: Σ_q w_q f(θ_q) ≈ E f(θ), θ ~ N(mean, covariance). */
export interface Nodes {
  readonly dims: number;
  readonly count: number;
  /** count × D. */
  readonly theta: Float64Array;
  /**
   * log of the node's share of the volume: with the log density of θ added it is the node's log weight. So the same
   * nodes serve whatever the mean and covariance.
   */
  readonly logVolume: Float64Array;
  /** Largest distance between neighbours along an axis near the centre; NaN for quasi-Monte-Carlo. */
  readonly spacing: number;
}

/** Equally spaced nodes on ±`range` in one dimension, the rule whose error falls fastest for smooth densities. */
function rectangular(count: number, range = 6): Nodes {
  const spacing = (2 * range) / (count - 1);
  const axis = Float64Array.from({ length: count }, (_, q) => -range + q * spacing);
  return { dims: 1, count, theta: axis, logVolume: new Float64Array(count).fill(Math.log(spacing)), spacing };
}

/** The product of a one-dimensional rule with itself, D times. */
function cartesian(axis: Nodes, dims: number): Nodes {
  const count = axis.count ** dims;
  const theta = new Float64Array(count * dims);
  const logVolume = new Float64Array(count);
  for (let q = 0; q < count; q++)
    for (let j = 0, rest = q; j < dims; j++, rest = Math.floor(rest / axis.count)) {
      theta[q * dims + j] = axis.theta[rest % axis.count];
      logVolume[q] += axis.logVolume[rest % axis.count];
    }
  return { dims, count, theta, logVolume, spacing: axis.spacing };
}

/** Gauss–Hermite nodes in one dimension, exact for polynomials of degree 2n − 1 times the standard normal density. */
function hermite(count: number): Nodes {
  const { nodes, weights } = gaussHermite(count);
  const logVolume = weights.map((w, q) => Math.log(w) + nodes[q] ** 2 / 2 + Math.log(2 * Math.PI) / 2);
  return {
    dims: 1,
    count,
    theta: nodes,
    logVolume,
    spacing: nodes[count >> 1] - nodes[(count >> 1) - 1],
  };
}

/**
 * Quasi-Monte-Carlo nodes of the standard normal distribution: Halton's sequence (1960) through Φ⁻¹, centred and
 * scaled to variance one on each axis. For dimensions where a product rule would need too many nodes.
 */
export function quasiMonteCarlo(dims: number, count: number): Nodes {
  const primes = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37];
  const theta = new Float64Array(count * dims);
  for (let j = 0; j < dims; j++) {
    let mean = 0;
    let square = 0;
    for (let q = 0; q < count; q++) {
      const z = normalQuantile(radicalInverse(q + 1, primes[j % primes.length]));
      theta[q * dims + j] = z;
      mean += z / count;
      square += (z * z) / count;
    }
    const sd = Math.sqrt(square - mean * mean);
    for (let q = 0; q < count; q++) theta[q * dims + j] = (theta[q * dims + j] - mean) / sd;
  }
  const logVolume = new Float64Array(count);
  for (let q = 0; q < count; q++) {
    let square = 0;
    for (let j = 0; j < dims; j++) square += theta[q * dims + j] ** 2;
    logVolume[q] = (dims * Math.log(2 * Math.PI) + square) / 2 - Math.log(count);
  }
  return { dims, count, theta, logVolume, spacing: Number.NaN };
}

function radicalInverse(index: number, base: number): number {
  let value = 0;
  for (let rest = index, part = 1 / base; rest > 0; rest = Math.floor(rest / base), part /= base)
    value += (rest % base) * part;
  return value;
}

/**
 * The rule for D dimensions: rectangular up to two, Gauss–Hermite in three, quasi-Monte-Carlo beyond.
 * @param range where the rectangular rules end. @param spacing as fine as this, where nodes can be afforded; above .5 a
 * coarse rule is meant in three dimensions as well.
 */
export function nodesFor(dims: number, range: number, spacing: number): Nodes {
  const along = (most: number) => Math.min(most, 1 + 2 * Math.ceil(range / spacing));
  if (dims === 1) return rectangular(along(1201), range);
  if (dims === 2) return cartesian(rectangular(along(61), range), 2);
  if (dims === 3) return cartesian(hermite(spacing > 0.5 ? 11 : 15), 3);
  return quasiMonteCarlo(dims, 4096);
}
