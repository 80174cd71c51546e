import { InputError } from "../input-error.ts";
import { logistic, logit } from "../numerics/index.ts";
import type { ItemParameters, ModelFamily } from "./parameters.ts";

/**
 * One item at one ability, as estimation sees it: an item is a vector ξ of `size` unbounded numbers,
 * [a₁ … a_D, d …, logit c, logit u], and a subject falls into one of K categories with probability P_k.
 */
export interface ResponseModel {
  readonly family: ModelFamily;
  readonly dims: number;
  /** Categories K; 2 for right/wrong and for scores in [0, 1]. */
  readonly categories: number;
  /** Numbers in ξ. */
  readonly size: number;
  /** Fills `out`, its derivatives where it has room for them, for the item at `x[offset …]` and the ability at `theta[at …]`. */
  evaluate(x: Float64Array, offset: number, theta: Float64Array, at: number, out: CurvePoint): void;
}

/** Probabilities of the categories and their derivatives at one ability. */
export interface CurvePoint {
  /** K: P_k. */
  readonly p: Float64Array;
  /** K: ∂P_k/∂z with z = a·θ. Hence ∂P_k/∂θ_j = a_j · dz_k. */
  readonly dz: Float64Array;
  /** K × size: ∂P_k/∂ξ_j. */
  readonly dx: Float64Array;
}

export function curvePoint({ categories, size }: ResponseModel): CurvePoint {
  return {
    p: new Float64Array(categories),
    dz: new Float64Array(categories),
    dx: new Float64Array(categories * size),
  };
}

/** Room for probabilities without their derivatives. */
export function probabilitiesOnly({ categories }: ResponseModel): CurvePoint {
  const none = new Float64Array(0);
  return { p: new Float64Array(categories), dz: none, dx: none };
}

/** The response model of a family in `dims` dimensions; `categories` matters to the ordered families only. */
export function responseModel(family: ModelFamily, dims = 1, categories = 2): ResponseModel {
  if (family === "graded") return graded(dims, categories);
  if (family === "gpcm") return partialCredit(dims, categories);
  return binary(family, dims);
}

/** P(right) = c + (u − c) · logistic(a·θ + d): Birnbaum (1968); Barton & Lord (1981) for the upper asymptote. */
function binary(family: ModelFamily, dims: number): ResponseModel {
  const lower = family === "3pl" || family === "4pl";
  const upper = family === "4pl";
  const size = dims + 1 + (lower ? 1 : 0) + (upper ? 1 : 0);
  return {
    family,
    dims,
    categories: 2,
    size,
    evaluate(x, offset, theta, at, { p, dz, dx }) {
      let z = x[offset + dims];
      for (let j = 0; j < dims; j++) z += x[offset + j] * theta[at + j];
      // One exponential gives both without losing the digits of the smaller.
      const small = Math.exp(z > 0 ? -z : z);
      const large = 1 / (1 + small);
      const right = z > 0 ? large : small * large;
      const wrong = z > 0 ? small * large : large;
      const c = lower ? logistic(x[offset + dims + 1]) : 0;
      const gap = upper ? logistic(-x[offset + dims + 2]) : 0;
      const span = 1 - gap - c;
      p[1] = c + span * right;
      p[0] = gap + span * wrong;
      if (dx.length === 0) return;
      const slope = span * right * wrong;
      dz[1] = slope;
      dz[0] = -slope;
      for (let j = 0; j < dims; j++) {
        const along = slope * theta[at + j];
        dx[size + j] = along;
        dx[j] = -along;
      }
      dx[size + dims] = slope;
      dx[dims] = -slope;
      if (lower) {
        dx[size + dims + 1] = wrong * c * (1 - c);
        dx[dims + 1] = -dx[size + dims + 1];
      }
      if (upper) {
        dx[size + dims + 2] = right * gap * (1 - gap);
        dx[dims + 2] = -dx[size + dims + 2];
      }
    },
  };
}

/** P(x ≥ k) = logistic(a·θ + d_k) with d falling: Samejima (1969). */
function graded(dims: number, categories: number): ResponseModel {
  const size = dims + categories - 1;
  return {
    family: "graded",
    dims,
    categories,
    size,
    evaluate(x, offset, theta, at, { p, dz, dx }) {
      let base = 0;
      for (let j = 0; j < dims; j++) base += x[offset + j] * theta[at + j];
      const derivatives = dx.length > 0;
      dx.fill(0);
      let atLeast = 1;
      let density = 0;
      for (let k = 0; k < categories; k++) {
        const last = k === categories - 1;
        const z = last ? 0 : base + x[offset + dims + k];
        const next = last ? 0 : logistic(z);
        const nextDensity = last ? 0 : next * logistic(-z);
        p[k] = atLeast - next;
        atLeast = next;
        if (!derivatives) continue;
        dz[k] = density - nextDensity;
        if (k > 0) dx[k * size + dims + k - 1] = density;
        if (!last) dx[k * size + dims + k] = -nextDensity;
        for (let j = 0; j < dims; j++) dx[k * size + j] = dz[k] * theta[at + j];
        density = nextDensity;
      }
    },
  };
}

/** P_k ∝ exp(k · a·θ + d_k), d₀ = 0: Muraki (1992), in the slope–intercept form. */
function partialCredit(dims: number, categories: number): ResponseModel {
  const size = dims + categories - 1;
  return {
    family: "gpcm",
    dims,
    categories,
    size,
    evaluate(x, offset, theta, at, { p, dz, dx }) {
      let base = 0;
      for (let j = 0; j < dims; j++) base += x[offset + j] * theta[at + j];
      let largest = 0;
      for (let k = 0; k < categories; k++) {
        p[k] = k * base + (k > 0 ? x[offset + dims + k - 1] : 0);
        if (p[k] > largest) largest = p[k];
      }
      let sum = 0;
      for (let k = 0; k < categories; k++) {
        p[k] = Math.exp(p[k] - largest);
        sum += p[k];
      }
      let mean = 0;
      for (let k = 0; k < categories; k++) {
        p[k] /= sum;
        mean += k * p[k];
      }
      if (dx.length === 0) return;
      for (let k = 0; k < categories; k++) {
        dz[k] = p[k] * (k - mean);
        for (let j = 0; j < dims; j++) dx[k * size + j] = dz[k] * theta[at + j];
        for (let m = 1; m < categories; m++) dx[k * size + dims + m - 1] = p[k] * ((k === m ? 1 : 0) - p[m]);
      }
    },
  };
}

/** Item parameters as I vectors ξ, one after the other. */
export function packItems(model: ResponseModel, items: ItemParameters): Float64Array {
  const { dims, size } = model;
  const steps = model.categories - 1;
  const count = items.discrimination.length / dims;
  const x = new Float64Array(count * size);
  for (let i = 0; i < count; i++) {
    const o = i * size;
    for (let j = 0; j < dims; j++) x[o + j] = items.discrimination[i * dims + j];
    for (let k = 0; k < steps; k++) x[o + dims + k] = items.intercept[i * steps + k];
    if (size > dims + steps) x[o + dims + 1] = clampedLogit(items.guessing?.[i] ?? 0);
    if (size > dims + steps + 1) x[o + dims + 2] = clampedLogit(items.upper?.[i] ?? 1);
  }
  return x;
}

/** The inverse of {@link packItems}. */
export function unpackItems(model: ResponseModel, x: Float64Array): ItemParameters {
  const { dims, size, categories } = model;
  const steps = categories - 1;
  const count = x.length / size;
  const column = (width: number, from: number) =>
    Float64Array.from(
      { length: count * width },
      (_, e) => x[Math.floor(e / width) * size + from + (e % width)],
    );
  const ordered = model.family === "graded" || model.family === "gpcm";
  return {
    family: model.family,
    dims,
    discrimination: column(dims, 0),
    intercept: column(steps, dims),
    ...(!ordered && size > dims + 1 && { guessing: column(1, dims + 1).map(logistic) }),
    ...(!ordered && size > dims + 2 && { upper: column(1, dims + 2).map(logistic) }),
    ...(ordered && { categories }),
  };
}

function clampedLogit(p: number): number {
  return logit(Math.min(1 - 1e-12, Math.max(1e-12, p)));
}

/** The response model that item parameters belong to. */
export function modelOf(items: ItemParameters): ResponseModel {
  return responseModel(items.family, items.dims, items.categories ?? 2);
}

/**
 * Probability of each category for one item at one ability.
 * @param theta D abilities. @returns K probabilities that sum to one; for right/wrong [P(wrong), P(right)].
 */
export function categoryProbabilities(
  items: ItemParameters,
  item: number,
  theta: ArrayLike<number>,
): Float64Array {
  const model = modelOf(items);
  if (theta.length !== model.dims)
    throw new InputError("ability has the wrong length", {
      found: String(theta.length),
      expected: `${model.dims} dimensions`,
    });
  const out = curvePoint(model);
  model.evaluate(packItems(model, items), item * model.size, Float64Array.from(theta), 0, out);
  return out.p;
}
