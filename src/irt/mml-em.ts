import { cholesky } from "../numerics/index.ts";
import {
  type Expectation,
  expectation,
  type LatentNormal,
  latentMoments,
  logWeights,
  standardNormal,
  termTable,
  type Windows,
  wholeWindows,
} from "./mml-expectation.ts";
import {
  type ItemPriors,
  itemObjective,
  logPriorOf,
  maximiseCommonSlope,
  maximiseItems,
  slopeLimit,
} from "./mml-maximisation.ts";
import type { ResponseModel } from "./mml-models.ts";
import { type Nodes, nodesFor } from "./mml-nodes.ts";
import { type Patterns, shortTerms, type Terms } from "./mml-patterns.ts";

export interface EmInput {
  readonly model: ResponseModel;
  readonly patterns: Patterns;
  /** I × size: index of each parameter among the free ones, −1 for a fixed one. */
  readonly free: Int32Array;
  /** One slope for all items. */
  readonly common: boolean;
  /** Fixed items carry the scale: the latent distribution is estimated. */
  readonly anchored: boolean;
  readonly priors: ItemPriors;
  /** I: 1 where slopes and intercepts have a prior; items that turn out separable join. */
  readonly regularised: Uint8Array;
  readonly tolerance: number;
  readonly maxIterations: number;
  /** Few nodes, whatever the posteriors. */
  readonly coarse?: boolean;
  readonly latent?: LatentNormal;
  readonly onProgress?: (step: { iteration: number; logLikelihood: number; change: number }) => void;
}

export interface EmState {
  x: Float64Array;
  readonly terms: Terms;
  nodes: Nodes;
  logPrior: Float64Array;
  windows: Windows;
  latent: LatentNormal;
  iterations: number;
  converged: boolean;
  readonly priors: ItemPriors;
  readonly regularised: Uint8Array;
  /** I: `regularised` before the first step. */
  readonly before: Uint8Array;
  /** Adds to expected counts the pseudo-responses that keep unused categories of ordered items finite. */
  withPseudoResponses(counts: Float64Array): Float64Array;
}

interface Step {
  /** Log-likelihood with log priors at the point the step started from. */
  readonly objective: number;
  readonly logLikelihood: number;
  readonly next: Float64Array;
  readonly latent: LatentNormal;
  readonly expected: Expectation;
}

/** Pseudo-responses in each category of a regularised item with ordered categories. */
const pseudoResponses = 0.1;

/**
 * EM from `start`, accelerated in two ways that leave its fixed point alone: parameter expansion (Liu, Rubin & Wu 1998),
 * which lets the latent mean and covariance move and then absorbs them into the items, where no prior forbids it; and
 * SQUAREM (Varadhan & Roland 2008, scheme S3), whose leaps are taken back when they lower the likelihood.
 */
export function runEm(start: Float64Array, input: EmInput): EmState {
  const { model, patterns, anchored, tolerance, maxIterations, onProgress } = input;
  const { dims } = model;
  const latent = input.latent ?? standardNormal(dims);
  const spacing = (dims === 1 ? 0.2 : 0.4) * (input.coarse ? 2 : 1);
  const nodes = nodesFor(dims, rangeOf(latent, anchored), spacing);
  const state: EmState = {
    x: start,
    terms: shortTerms(patterns, model.categories, start.length / model.size),
    nodes,
    logPrior: logWeights(nodes, latent),
    windows: wholeWindows(patterns, nodes),
    latent,
    iterations: 0,
    converged: false,
    priors: input.priors,
    regularised: input.regularised,
    before: input.regularised.slice(),
    withPseudoResponses: (counts) => addPseudoResponses(counts, input, state),
  };
  let previous = Number.NaN;
  while (state.iterations < maxIterations) {
    const first = emStep(state, state.x, input);
    if (refine(state, first.expected, input)) {
      state.x = first.next;
      state.latent = first.latent;
      state.logPrior = logWeights(state.nodes, state.latent);
      continue;
    }
    const change = farthest(first.next, state.x) + (anchored ? latentChange(first.latent, state.latent) : 0);
    onProgress?.({ iteration: state.iterations, logLikelihood: first.logLikelihood, change });
    const origin = state.x;
    accept(state, first);
    if (regulariseSeparable(state, input)) {
      previous = Number.NaN;
      continue;
    }
    if (change < tolerance || stagnant(previous, first.objective)) {
      state.converged = true;
      break;
    }
    previous = first.objective;
    const second = emStep(state, state.x, input);
    const leap = extrapolate(origin, first.next, second.next);
    accept(state, second);
    if (!leap || regulariseSeparable(state, input)) continue;
    const third = emStep(state, leap, input);
    if (third.objective >= second.objective) accept(state, third);
  }
  if (maxIterations === 0) {
    const known = () => expectationAt(state, state.x, input);
    while (refine(state, known(), input));
  }
  return state;
}

/** A cycle that gains less than rounding can tell leads nowhere, however long its steps (flat directions). */
function stagnant(before: number, now: number): boolean {
  return now - before < 1e-11 * Math.abs(now);
}

function rangeOf({ mean, covariance }: LatentNormal, anchored: boolean): number {
  let range = anchored ? 10 : 6;
  mean.forEach((m, j) => {
    range = Math.max(range, Math.abs(m) + 6 * Math.sqrt(covariance[j * mean.length + j]));
  });
  return range;
}

/** The expectation step at ξ = x. */
export function expectationAt(
  state: EmState,
  x: Float64Array,
  { model, patterns }: Pick<EmInput, "model" | "patterns">,
): Expectation {
  const table = termTable(model, x, state.nodes);
  return expectation({ ...state, patterns, table }, model.categories);
}

function emStep(state: EmState, x: Float64Array, input: EmInput): Step {
  const { model, patterns, anchored, common } = input;
  state.iterations++;
  const expected = expectationAt(state, x, input);
  const counts = state.withPseudoResponses(expected.counts);
  let objective = expected.logLikelihood;
  for (let i = 0; i < state.regularised.length; i++)
    objective += logPriorOf(model, state.priors, state.regularised[i] === 1, x, i * model.size);
  if (model.categories > 2 && state.regularised.includes(1)) objective += pseudoLikelihood(state, x, input);
  const next = x.slice();
  const maximise = common ? maximiseCommonSlope : maximiseItems;
  maximise(next, {
    model,
    nodes: state.nodes,
    counts,
    priors: state.priors,
    informed: state.regularised,
    free: input.free,
  });
  let { latent } = state;
  const moments = latentMoments(patterns, expected, model.dims);
  if (anchored) latent = floored(moments);
  else if (input.free.includes(0) && !state.regularised.includes(1)) absorb(next, moments, model);
  return { objective, logLikelihood: expected.logLikelihood, next, latent, expected };
}

function accept(state: EmState, step: Step): void {
  state.x = step.next;
  if (step.latent === state.latent) return;
  state.latent = step.latent;
  state.logPrior = logWeights(state.nodes, state.latent);
}

/** Rewrites items for θ = mean + L·θ* with θ* ~ N(0, I), L·Lᵀ the covariance. */
function absorb(x: Float64Array, { mean, covariance }: LatentNormal, model: ResponseModel): void {
  const { dims, size, categories, family } = model;
  const l = covariance.slice();
  if (!cholesky(l, dims)) return;
  for (let o = 0; o < x.length; o += size) {
    let shift = 0;
    for (let j = 0; j < dims; j++) shift += x[o + j] * mean[j];
    for (let k = 0; k < categories - 1; k++) x[o + dims + k] += shift * (family === "gpcm" ? k + 1 : 1);
    for (let j = 0; j < dims; j++) {
      let sum = 0;
      for (let k = j; k < dims; k++) sum += x[o + k] * l[k * dims + j];
      x[o + j] = sum;
    }
  }
}

/** Keeps an estimated covariance from collapsing (one subject has no spread). */
function floored({ mean, covariance }: LatentNormal): LatentNormal {
  const dims = mean.length;
  return { mean, covariance: covariance.map((v, e) => (e % (dims + 1) === 0 ? Math.max(v, 1e-4) : v)) };
}

function latentChange(a: LatentNormal, b: LatentNormal): number {
  return Math.max(farthest(a.mean, b.mean), farthest(a.covariance, b.covariance));
}

function farthest(a: Float64Array, b: Float64Array): number {
  let most = 0;
  for (let e = 0; e < a.length; e++) most = Math.max(most, Math.abs(a[e] - b[e]));
  return most;
}

/** x₀ − 2αr + α²v with r = x₁ − x₀, v = x₂ − 2x₁ + x₀, α = −|r|/|v|; undefined where that is no leap. */
function extrapolate(x0: Float64Array, x1: Float64Array, x2: Float64Array): Float64Array | undefined {
  let rr = 0;
  let vv = 0;
  for (let e = 0; e < x0.length; e++) {
    rr += (x1[e] - x0[e]) ** 2;
    vv += (x2[e] - 2 * x1[e] + x0[e]) ** 2;
  }
  const alpha = -Math.sqrt(rr / vv);
  if (!(alpha < -1 && alpha > -1e3)) return undefined;
  return x0.map((v, e) => v - 2 * alpha * (x1[e] - v) + alpha ** 2 * (x2[e] - 2 * x1[e] + v));
}

/** Slopes that run away have no maximum to run to: such items get the prior from here on. */
function regulariseSeparable(state: EmState, { model, free }: EmInput): boolean {
  const { dims, size } = model;
  let joined = false;
  for (let i = 0; i < state.regularised.length; i++) {
    if (state.regularised[i] || free[i * size] < 0) continue;
    let norm = 0;
    for (let j = 0; j < dims; j++) norm += state.x[i * size + j] ** 2;
    if (norm < slopeLimit ** 2) continue;
    state.regularised[i] = 1;
    joined = true;
    for (let j = 0; j < size; j++) state.x[i * size + j] /= j <= dims ? 4 : 1;
  }
  return joined;
}

/** Replaces the nodes by finer ones when posteriors have become sharp for them; says whether it did. */
function refine(
  state: EmState,
  { means, moments }: Expectation,
  { model, patterns, anchored, coarse }: EmInput,
): boolean {
  const { dims } = model;
  if (dims > 2 || coarse) return false;
  const deviations = new Float64Array(patterns.count).fill(Infinity);
  for (let p = 0; p < patterns.count; p++)
    for (let j = 0; j < dims; j++) {
      const variance = moments[(p * dims + j) * dims + j] - means[p * dims + j] ** 2;
      deviations[p] = Math.min(deviations[p], Math.sqrt(Math.max(variance, 1e-12)));
    }
  const sharp = deviations.slice().sort()[Math.floor(patterns.count / 20)];
  // The rectangular rule's error for a normal posterior is 2 exp(−2π²(sd/spacing)²): 2e-6 at spacing 1.2 sd.
  if (state.nodes.spacing <= 1.2 * sharp) return false;
  const finer = nodesFor(dims, rangeOf(state.latent, anchored), 1.1 * sharp);
  if (finer.count <= state.nodes.count) return false;
  state.nodes = finer;
  state.logPrior = logWeights(finer, state.latent);
  state.windows = wholeWindows(patterns, finer);
  if (dims > 1) return true;
  const start = finer.theta[0];
  for (let p = 0; p < patterns.count; p++) {
    const reach = 7 * deviations[p] + 2 * finer.spacing;
    const index = (at: number) =>
      Math.max(0, Math.min(finer.count, Math.round((at - start) / finer.spacing)));
    state.windows.from[p] = Math.min(finer.count - 1, index(means[p] - reach));
    state.windows.to[p] = Math.max(state.windows.from[p] + 1, index(means[p] + reach));
  }
  return true;
}

function addPseudoResponses(counts: Float64Array, { model, free }: EmInput, state: EmState): Float64Array {
  const { categories, size } = model;
  if (categories === 2 || !state.regularised.includes(1)) return counts;
  const { count } = state.nodes;
  state.regularised.forEach((informed, i) => {
    if (!informed || free[i * size] < 0) return;
    for (let k = 0; k < categories; k++)
      for (let q = 0; q < count; q++)
        counts[(i * categories + k) * count + q] += pseudoResponses * Math.exp(state.logPrior[q]);
  });
  return counts;
}

function pseudoLikelihood(state: EmState, x: Float64Array, input: EmInput): number {
  const { model } = input;
  const counts = addPseudoResponses(
    new Float64Array((x.length / model.size) * model.categories * state.nodes.count),
    input,
    state,
  );
  const objective = itemObjective(model, state.nodes, counts);
  let sum = 0;
  for (let i = 0; i < state.regularised.length; i++)
    if (state.regularised[i]) sum += objective.value(x, i * model.size, i * model.categories, false);
  return sum;
}
