import {
  chiSquaredTail,
  cholesky,
  gammaP,
  logGamma,
  logit,
  solveCholesky,
  symmetricEigen,
} from "../numerics/index.ts";
import { type ResponseMatrix, selectSubjects } from "../responses/index.ts";
import { completeSubjects } from "./complete-subjects.ts";
import { modelMoments, observedMoments } from "./fit-moments.ts";
import { type LatentNormal, standardNormal } from "./latent.ts";
import { modelOf, packItems, type ResponseModel, responseModel } from "./models.ts";
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
 */
export function limitedInformationFit(
  matrix: ResponseMatrix,
  items: ItemParameters,
  latent: LatentNormal = standardNormal(items.dims),
): LimitedInformationFit | undefined {
  const width = matrix.items.length;
  const moments = width + (width * (width - 1)) / 2;
  const nodes = items.dims === 1 ? 61 : 625;
  if (width < 3 || moments ** 2 * (nodes + moments / 3) > affordable) return undefined;
  const complete = completeSubjects(matrix);
  const n = complete.length;
  if (n < 2) return undefined;
  const observed = observedMoments(selectSubjects(matrix, complete));
  const [fitted, common] = onCommonScale(items, latent);
  const model = modelOf(fitted);
  const x = packItems(model, fitted);
  const free = freeColumns(model, width, common);
  const rotations = (items.dims * (items.dims - 1)) / 2;
  const df = observed.length - (Math.max(...free) + 1 - rotations);
  if (df < 1) return undefined;
  const standard = standardNormal(items.dims);
  const m2 = n * discrepancy(model, x, free, observed, common ? standard : latent, rotations);
  const apart = responseModel(model.categories > 2 ? "gpcm" : "2pl", 1, model.categories);
  const nothing = independentItems(apart, matrix, complete);
  const none = new Int32Array(nothing.length).fill(-1);
  let count = 0;
  for (let e = 0; e < none.length; e++) if (e % apart.size > 0) none[e] = count++;
  const nullM2 = n * discrepancy(apart, nothing, none, observed, standardNormal(1), 0);
  const nullDf = observed.length - count;
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

function freeColumns({ size }: ResponseModel, width: number, common: boolean): Int32Array {
  let next = common ? 1 : 0;
  return Int32Array.from({ length: width * size }, (_, e) => (common && e % size === 0 ? 0 : next++));
}

/** Items without slope that have everyone's shares of answers. */
function independentItems(
  apart: ResponseModel,
  matrix: ResponseMatrix,
  complete: readonly number[],
): Float64Array {
  const { size, categories } = apart;
  const width = matrix.items.length;
  const x = new Float64Array(width * size);
  for (let i = 0; i < width; i++) {
    const shares = new Float64Array(categories).fill(1e-6);
    for (const s of complete) shares[matrix.scores[s * width + i]] += 1 / complete.length;
    if (categories === 2) x[i * size + 1] = logit(shares[1] / (shares[0] + shares[1]));
    else for (let k = 1; k < categories; k++) x[i * size + k] = Math.log(shares[k] / shares[0]);
  }
  return x;
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
  const residual = observed.map((v, e) => v - expected[e]);
  const weighted = solveCholesky(covariance, m, residual.slice());
  const columns = jacobian.map((column) => solveCholesky(covariance, m, column.slice()));
  const k = jacobian.length;
  const gram = new Float64Array(k * k);
  const right = new Float64Array(k);
  for (let a = 0; a < k; a++) {
    for (let e = 0; e < m; e++) right[a] += columns[a][e] * residual[e];
    for (let b = 0; b <= a; b++) {
      let sum = 0;
      for (let e = 0; e < m; e++) sum += jacobian[a][e] * columns[b][e];
      gram[a * k + b] = sum;
      gram[b * k + a] = sum;
    }
  }
  let statistic = 0;
  for (let e = 0; e < m; e++) statistic += residual[e] * weighted[e];
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
