import {
  chiSquaredTail,
  cholesky,
  dot,
  gammaP,
  logGamma,
  solveLower,
  symmetricEigen,
} from "../numerics/index.ts";
import { type ResponseMatrix, selectSubjects } from "../responses/index.ts";
import { completeSubjects } from "./complete-subjects.ts";
import { modelMoments, observedMoments } from "./fit-moments.ts";
import { type LatentNormal, standardNormal } from "./latent.ts";
import { modelOf, packItems, type ResponseModel } from "./models.ts";
import type { ItemParameters } from "./parameters.ts";

export interface LimitedInformationFit {
  readonly m2: number;
  readonly df: number;
  readonly p: number;
  /** Root mean square error of approximation with its 90 % interval. */
  readonly rmsea: number;
  readonly rmseaInterval: readonly [number, number];
  /** Comparative fit index and Tucker–Lewis index against the model of independent items. */
  readonly cfi: number;
  readonly tli: number;
  /** Subjects used: those who answered every item. */
  readonly subjects: number;
}

/** Multiply-adds beyond which the covariance of all pairs is not worth waiting for: some fifty items. */
const affordable = 1e9;

/**
 * M2, the limited-information test of fit on means and pairwise products (Maydeu-Olivares & Joe 2005, 2006; for ordered
 * scores Cai & Hansen's M2*, 2013), with RMSEA, CFI and TLI. It needs whole-numbered scores from subjects who answered
 * everything, from 3 to some fifty items, and fewer parameters than moments; undefined otherwise.
 * @param guessingKnown the lower asymptotes were not estimated, and take no degree of freedom
 */
export function limitedInformationFit(
  matrix: ResponseMatrix,
  items: ItemParameters,
  latent: LatentNormal = standardNormal(items.dims),
  guessingKnown = false,
): LimitedInformationFit | undefined {
  const width = matrix.items.length;
  const moments = width + (width * (width - 1)) / 2;
  const nodes = items.dims === 1 ? 61 : 625;
  if (width < 3 || moments ** 2 * (nodes + moments / 3) > affordable) return undefined;
  const complete = completeSubjects(matrix);
  const n = complete.length;
  if (n < 2) return undefined;
  const selected = selectSubjects(matrix, complete);
  const observed = observedMoments(selected);
  const [fitted, common] = onCommonScale(items, latent);
  const model = modelOf(fitted);
  const x = packItems(model, fitted);
  const free = freeColumns(model, width, common, guessingKnown);
  const rotations = (items.dims * (items.dims - 1)) / 2;
  const df = observed.length - (Math.max(...free) + 1 - rotations);
  if (df < 1) return undefined;
  const standard = standardNormal(items.dims);
  const m2 = n * discrepancy(model, x, free, observed, common ? standard : latent, rotations);
  const nullM2 = n * independence(observed, selected);
  const nullDf = observed.length - width * (model.categories - 1);
  const excess = Math.max(0, m2 - df);
  const scale = df * Math.max(1, n - 1);
  return {
    m2,
    df,
    p: chiSquaredTail(m2, df),
    rmsea: Math.sqrt(excess / scale),
    rmseaInterval: [
      Math.sqrt(noncentrality(m2, df, 0.95) / scale),
      Math.sqrt(noncentrality(m2, df, 0.05) / scale),
    ],
    cfi: 1 - excess / Math.max(nullM2 - nullDf, excess, 1e-12),
    tli: (nullM2 / nullDf - m2 / df) / (nullM2 / nullDf - 1),
    subjects: n,
  };
}

/** The Rasch model as the 1PL on N(0, 1), whose slope is the latent standard deviation. */
function onCommonScale(items: ItemParameters, latent: LatentNormal): [ItemParameters, boolean] {
  if (items.family !== "rasch" && items.family !== "1pl") return [items, false];
  const sd = Math.sqrt(latent.covariance[0]);
  const mean = latent.mean[0];
  const a = items.discrimination;
  return [
    {
      ...items,
      discrimination: a.map((v) => v * sd),
      intercept: items.intercept.map((d, i) => d + a[i] * mean),
    },
    true,
  ];
}

function freeColumns(
  { size, dims }: ResponseModel,
  width: number,
  common: boolean,
  guessingKnown: boolean,
): Int32Array {
  let next = common ? 1 : 0;
  return Int32Array.from({ length: width * size }, (_, e) => {
    if (common && e % size === 0) return 0;
    return guessingKnown && e % size === dims + 1 ? -1 : next++;
  });
}

/**
 * The {@link discrepancy} of the model of independent items. It reproduces the means, so that only the covariances of pairs
 * are left, which are then uncorrelated with each other, of variance σ_i²·σ_j².
 */
function independence(moments: Float64Array, { subjects, items, scores }: ResponseMatrix): number {
  const width = items.length;
  const variances = Float64Array.from(items, (_, i) => {
    let square = 0;
    for (let s = 0; s < subjects.length; s++) square += scores[s * width + i] ** 2 / subjects.length;
    return square - moments[i] ** 2;
  });
  let sum = 0;
  let at = width;
  for (let i = 0; i < width; i++)
    for (let j = i + 1; j < width; j++, at++) {
      const scale = variances[i] * variances[j];
      // Where everyone answered alike there is nothing to covary.
      if (scale > 1e-12) sum += (moments[at] - moments[i] * moments[j]) ** 2 / scale;
    }
  return sum;
}

/** (p − π)ᵀ C (p − π) with C = Ξ⁻¹ − Ξ⁻¹Δ(ΔᵀΞ⁻¹Δ)⁻¹ΔᵀΞ⁻¹; `rotations` directions of Δ are known to be void. */
function discrepancy(
  model: ResponseModel,
  x: Float64Array,
  free: Int32Array,
  observed: Float64Array,
  latent: LatentNormal,
  rotations: number,
): number {
  const m = observed.length;
  const { expected, covariance, jacobian } = modelMoments(model, x, free, latent);
  for (let e = 0; e < m; e++) covariance[e * m + e] += 1e-12;
  if (!cholesky(covariance, m)) return Number.NaN;
  const scaled = (v: Float64Array) => solveLower(covariance, m, v);
  const residual = scaled(observed.map((v, e) => v - expected[e]));
  const columns = jacobian.map(scaled);
  const k = columns.length;
  const gram = new Float64Array(k * k);
  const right = columns.map((column) => dot(column, residual));
  for (let a = 0; a < k; a++)
    for (let b = 0; b <= a; b++) {
      gram[a * k + b] = dot(columns[a], columns[b]);
      gram[b * k + a] = gram[a * k + b];
    }
  let statistic = dot(residual, residual);
  const { values, vectors } = symmetricEigen(gram, k);
  for (let v = 0; v < k - rotations; v++) {
    if (!(values[v] > 1e-12 * values[0])) continue;
    let along = 0;
    for (let a = 0; a < k; a++) along += vectors[a * k + v] * right[a];
    statistic -= along ** 2 / values[v];
  }
  return statistic;
}

/** λ at which a noncentral χ² of `df` degrees lies below `x` with probability `level`; 0 where even λ = 0 is too large. */
export function noncentrality(x: number, df: number, level: number): number {
  const below = (lambda: number): number => {
    // Poisson weights from their mode outwards: the first of them underflows for a large misfit.
    const mode = Math.floor(lambda / 2);
    const largest = Math.exp(-lambda / 2 + (mode && mode * Math.log(lambda / 2)) - logGamma(mode + 1));
    let sum = 0;
    for (let j = mode, weight = largest; j >= 0 && weight > 1e-16; weight *= j-- / (lambda / 2))
      sum += weight * gammaP(df / 2 + j, x / 2);
    for (let j = mode + 1, weight = largest; ; j++) {
      weight *= lambda / 2 / j;
      if (!(weight > 1e-16)) return sum;
      sum += weight * gammaP(df / 2 + j, x / 2);
    }
  };
  if (below(0) <= level) return 0;
  let low = 0;
  let high = x + 10 * Math.sqrt(2 * x + 2 * df) + 20;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (below(middle) > level) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
