import { chiSquaredTail, cholesky, gammaP, logit, solveCholesky, symmetricEigen } from "../numerics/index.ts";
import { type ResponseMatrix, selectSubjects } from "../responses/index.ts";
import { completeSubjects } from "./fit-sum-scores.ts";
import { type LatentNormal, logWeights, standardNormal } from "./latent.ts";
import { curvePoint, modelOf, packItems, type ResponseModel, responseModel } from "./models.ts";
import { nodesFor } from "./nodes.ts";
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

/** Items beyond which the covariance of all pairs is not worth waiting for. */
const mostItems = 60;

/**
 * M2, the limited-information test of fit on means and pairwise products (Maydeu-Olivares & Joe 2005, 2006; for ordered
 * scores Cai & Hansen's M2*, 2013), with RMSEA, CFI and TLI. It needs whole-numbered scores from subjects who answered
 * everything, 3 to 60 items, and fewer parameters than moments; undefined otherwise.
 */
export function limitedInformationFit(
  matrix: ResponseMatrix,
  items: ItemParameters,
  latent: LatentNormal = standardNormal(items.dims),
): LimitedInformationFit | undefined {
  const width = matrix.items.length;
  if (width < 3 || width > mostItems) return undefined;
  if (matrix.trials?.some((n, cell) => matrix.observed[cell] && n !== 1)) return undefined;
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

/** Means of x_i and of x_i·x_j, i < j. */
function observedMoments({ subjects, items, scores }: ResponseMatrix): Float64Array {
  const width = items.length;
  const moments = new Float64Array(width + (width * (width - 1)) / 2);
  for (let s = 0; s < subjects.length; s++) {
    const row = scores.subarray(s * width, (s + 1) * width);
    let at = width;
    for (let i = 0; i < width; i++) {
      moments[i] += row[i] / subjects.length;
      for (let j = i + 1; j < width; j++) moments[at++] += (row[i] * row[j]) / subjects.length;
    }
  }
  return moments;
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

/** Model moments, their covariance in one response pattern, and their derivatives by the free parameters. */
function modelMoments(model: ResponseModel, x: Float64Array, free: Int32Array, latent: LatentNormal) {
  const { size, categories, dims } = model;
  const width = x.length / size;
  const m = width + (width * (width - 1)) / 2;
  const members: (readonly number[])[] = Array.from({ length: width }, (_, i) => [i]);
  for (let i = 0; i < width; i++) for (let j = i + 1; j < width; j++) members.push([i, j]);
  const expected = new Float64Array(m);
  const covariance = new Float64Array(m * m);
  const jacobian = Array.from({ length: Math.max(...free) + 1 }, () => new Float64Array(m));
  const nodes = nodesFor(dims, 6 * Math.sqrt(Math.max(1, ...latent.covariance)), dims === 1 ? 0.2 : 0.5);
  const logs = logWeights(nodes, latent);
  const out = curvePoint(model);
  const first = new Float64Array(width);
  const second = new Float64Array(width);
  const derivative = new Float64Array(width * size);
  const moment = new Float64Array(m);
  for (let q = 0; q < nodes.count; q++) {
    const w = Math.exp(logs[q]);
    if (w < 1e-12) continue;
    derivative.fill(0);
    for (let i = 0; i < width; i++) {
      model.evaluate(x, i * size, nodes.theta, q * dims, out);
      first[i] = 0;
      second[i] = 0;
      for (let k = 1; k < categories; k++) {
        first[i] += k * out.p[k];
        second[i] += k * k * out.p[k];
        for (let j = 0; j < size; j++) derivative[i * size + j] += k * out.dx[k * size + j];
      }
    }
    for (let e = 0; e < m; e++) {
      const [i, j] = members[e];
      moment[e] = j === undefined ? first[i] : first[i] * first[j];
      expected[e] += w * moment[e];
      for (let l = 0; l < size; l++) {
        const [ci, cj] = [free[i * size + l], j === undefined ? -1 : free[j * size + l]];
        if (ci >= 0) jacobian[ci][e] += w * derivative[i * size + l] * (j === undefined ? 1 : first[j]);
        if (cj >= 0) jacobian[cj][e] += w * derivative[j * size + l] * first[i];
      }
    }
    for (let a = 0; a < m; a++) {
      const wa = w * moment[a];
      for (let b = 0; b <= a; b++) covariance[a * m + b] += wa * moment[b];
    }
    // Where two moments share items, E x² takes the place of (E x)².
    for (let a = 0; a < m; a++)
      for (const b of sharing(members[a], width)) {
        if (b > a) continue;
        let value = 1;
        for (const i of members[a]) value *= members[b].includes(i) ? second[i] : first[i];
        for (const j of members[b]) if (!members[a].includes(j)) value *= first[j];
        covariance[a * m + b] += w * (value - moment[a] * moment[b]);
      }
  }
  for (let a = 0; a < m; a++)
    for (let b = 0; b <= a; b++) {
      covariance[a * m + b] -= expected[a] * expected[b];
      covariance[b * m + a] = covariance[a * m + b];
    }
  return { expected, covariance, jacobian };
}

/** Indices of the moments that have an item in common with these. */
function sharing(items: readonly number[], width: number): Set<number> {
  const found = new Set<number>();
  for (const i of items) {
    found.add(i);
    for (let j = 0; j < width; j++) if (j !== i) found.add(pairIndex(Math.min(i, j), Math.max(i, j), width));
  }
  return found;
}

function pairIndex(i: number, j: number, width: number): number {
  return width + i * width - (i * (i + 1)) / 2 + (j - i - 1);
}

/** λ at which a noncentral χ² of `df` degrees lies below `x` with probability `level`; 0 where even λ = 0 is too large. */
function noncentrality(x: number, df: number, level: number): number {
  const below = (lambda: number): number => {
    let sum = 0;
    let weight = Math.exp(-lambda / 2);
    if (weight === 0) return 0;
    for (let j = 0; j < 2000 && (j < lambda || weight > 1e-14); j++) {
      sum += weight * gammaP(df / 2 + j, x / 2);
      weight *= lambda / 2 / (j + 1);
    }
    return sum;
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
