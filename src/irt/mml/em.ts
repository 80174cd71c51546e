import { type LatentNormal, logWeights, standardNormal } from "../latent.ts";
import { absorb, absorbUnderPriors, extrapolate, farthest } from "./accelerate.ts";
import { finerGrid, firstGrid, type Grid, gridOf } from "./adapt.ts";
import { type Expectation, latentMoments } from "./expectation.ts";
import { maximiseCommonSlope, slopeLimit } from "./maximisation.ts";
import { logPriorOf } from "./priors.ts";
import { addPseudoResponses, pseudoLikelihood } from "./pseudo-responses.ts";
import { stepsLeft } from "./steps-left.ts";
import { expect, maximise, type Problem, type Working } from "./work.ts";

/** How to run EM. */
export interface EmOptions {
  /** One slope for all items. */
  readonly common: boolean;
  /** Fixed items carry the scale: the latent distribution is estimated. */
  readonly anchored: boolean;
  /** I: 1 where slopes and intercepts have a prior; items that turn out separable join. */
  readonly regularised: Uint8Array;
  readonly tolerance: number;
  readonly maxIterations: number;
  /** Few nodes, whatever the posteriors. */
  readonly coarse?: boolean;
  readonly latent?: LatentNormal;
  readonly onProgress?: (step: EmProgress) => void;
  /** Offered the state after each cycle, from which {@link EmOptions.from} goes on. */
  readonly onCheckpoint?: (take: () => MmlCheckpoint) => void;
  readonly from?: MmlCheckpoint;
}

/** How far EM has come. */
export interface EmProgress {
  readonly iteration: number;
  readonly logLikelihood: number;
  /** The furthest that this step has moved a parameter. */
  readonly change: number;
  /** Steps left at most, by how fast the changes shrink. */
  readonly left: number;
}

/** Where an interrupted EM goes on, as plain data: the result is that of an uninterrupted one, bit for bit. */
export interface MmlCheckpoint {
  readonly x: Float64Array;
  readonly mean: Float64Array;
  readonly covariance: Float64Array;
  readonly regularised: Uint8Array;
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly range: number;
  readonly spacing: number;
  readonly iterations: number;
  /** Objective of the cycle before; NaN where there is none to compare with. */
  readonly previous: number;
}

export interface EmState {
  x: Float64Array;
  grid: Grid;
  latent: LatentNormal;
  iterations: number;
  converged: boolean;
  readonly regularised: Uint8Array;
}

interface Step {
  /** Log-likelihood with log priors at the point the step started from. */
  readonly objective: number;
  readonly logLikelihood: number;
  readonly next: Float64Array;
  readonly latent: LatentNormal;
  readonly expected: Expectation;
}

/**
 * EM from ξ = start, accelerated in two ways that leave its fixed point alone: parameter expansion (Liu, Rubin & Wu 1998),
 * which lets the latent mean and covariance move and then absorbs them into the items, as far as their priors allow; and
 * SQUAREM (Varadhan & Roland 2008, scheme S3), whose leaps are taken back when they lower the likelihood.
 */
export function* runEm(start: Float64Array, problem: Problem, options: EmOptions): Working<EmState> {
  const { anchored, tolerance, maxIterations, onProgress } = options;
  const state = options.from ? resumed(options.from) : begun(start, problem, options);
  let previous = options.from?.previous ?? Number.NaN;
  const leftAfter = stepsLeft(tolerance, maxIterations);
  while (state.iterations < maxIterations) {
    if (state.iterations > 0) options.onCheckpoint?.(() => checkpointOf(state, previous));
    const first = yield* emStep(state, state.x, problem, options);
    if (refine(state, first.expected, options)) {
      state.x = first.next;
      setLatent(state, first.latent);
      continue;
    }
    const change = farthest(first.next, state.x) + (anchored ? latentChange(first.latent, state.latent) : 0);
    const iteration = state.iterations;
    onProgress?.({
      iteration,
      logLikelihood: first.logLikelihood,
      change,
      left: leftAfter(iteration, change),
    });
    const origin = state.x;
    accept(state, first);
    if (regulariseSeparable(state, problem)) {
      previous = Number.NaN;
      continue;
    }
    if (change < tolerance || stagnant(previous, first.objective)) {
      state.converged = true;
      break;
    }
    previous = first.objective;
    const second = yield* emStep(state, state.x, problem, options);
    const leap = extrapolate(origin, first.next, second.next);
    accept(state, second);
    if (!leap || regulariseSeparable(state, problem)) continue;
    const third = yield* emStep(state, leap, problem, options);
    if (third.objective >= second.objective) accept(state, third);
  }
  // Without a step nothing has looked yet whether the nodes are close enough.
  while (maxIterations === 0 && refine(state, yield* expectationOf(state, state.x), options));
  return state;
}

function begun(x: Float64Array, { model, frequency }: Problem, options: EmOptions): EmState {
  const latent = options.latent ?? standardNormal(model.dims);
  return {
    x,
    grid: firstGrid(latent, frequency.length, options.anchored, options.coarse ?? false),
    latent,
    iterations: 0,
    converged: false,
    regularised: options.regularised,
  };
}

function checkpointOf(state: EmState, previous: number): MmlCheckpoint {
  const { x, grid, latent, iterations, regularised } = state;
  return {
    x: x.slice(),
    mean: latent.mean.slice(),
    covariance: latent.covariance.slice(),
    regularised: regularised.slice(),
    from: grid.windows.from.slice(),
    to: grid.windows.to.slice(),
    range: grid.range,
    spacing: grid.spacing,
    iterations,
    previous,
  };
}

function resumed(saved: MmlCheckpoint): EmState {
  const latent = { mean: saved.mean, covariance: saved.covariance };
  const grid = gridOf(latent, saved.from.length, saved.range, saved.spacing);
  return {
    x: saved.x.slice(),
    grid: { ...grid, windows: { from: saved.from.slice(), to: saved.to.slice() } },
    latent,
    iterations: saved.iterations,
    converged: false,
    regularised: saved.regularised.slice(),
  };
}

/** A cycle that gains less than rounding can tell leads nowhere, however long its steps (flat directions). */
function stagnant(before: number, now: number): boolean {
  return now - before < 1e-11 * Math.abs(now);
}

/** The expectation step at ξ = x. */
export function* expectationOf({ grid }: EmState, x: Float64Array): Working<Expectation> {
  return yield* expect({ x, nodes: grid.nodes, logPrior: grid.logPrior, windows: grid.windows });
}

function* emStep(state: EmState, x: Float64Array, problem: Problem, options: EmOptions): Working<Step> {
  const { model, free, priors, frequency } = problem;
  const { grid, regularised } = state;
  state.iterations++;
  const expected = yield* expectationOf(state, x);
  const pseudo = { model, free, regularised, grid };
  const counts = addPseudoResponses(expected.counts, pseudo);
  const pseudoLog = pseudoLikelihood(pseudo);
  const logPrior = (at: Float64Array) => {
    let sum = pseudoLog(at);
    for (let i = 0; i < regularised.length; i++)
      sum += logPriorOf(model, priors, regularised[i] === 1, at, i * model.size);
    return sum;
  };
  const { nodes } = grid;
  const next = options.common
    ? maximiseCommonSlope(x, { model, nodes, counts, priors, informed: regularised, free })
    : yield* maximise({ x, nodes, counts, informed: regularised });
  let { latent } = state;
  const moments = latentMoments(frequency, expected, model.dims);
  if (options.anchored) latent = floored(moments);
  else if (free.includes(0)) {
    if (regularised.includes(1)) absorbUnderPriors(next, moments, model, sum(frequency), logPrior);
    else absorb(next, moments, model);
  }
  const objective = expected.logLikelihood + logPrior(x);
  return { objective, logLikelihood: expected.logLikelihood, next, latent, expected };
}

const sum = (values: Float64Array): number => values.reduce((total, v) => total + v, 0);

function accept(state: EmState, step: Step): void {
  state.x = step.next;
  if (step.latent !== state.latent) setLatent(state, step.latent);
}

function setLatent(state: EmState, latent: LatentNormal): void {
  state.latent = latent;
  state.grid = { ...state.grid, logPrior: logWeights(state.grid.nodes, latent) };
}

/** Keeps an estimated covariance from collapsing (one subject has no spread). */
function floored({ mean, covariance }: LatentNormal): LatentNormal {
  const dims = mean.length;
  return { mean, covariance: covariance.map((v, e) => (e % (dims + 1) === 0 ? Math.max(v, 1e-4) : v)) };
}

function latentChange(a: LatentNormal, b: LatentNormal): number {
  return Math.max(farthest(a.mean, b.mean), farthest(a.covariance, b.covariance));
}

/** Slopes that run away have no maximum to run to: such items get the prior from here on. */
function regulariseSeparable(state: EmState, { model, free }: Problem): boolean {
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

/** Moves to finer nodes when posteriors have become sharp for those in use; says whether it did. */
function refine(state: EmState, expected: Expectation, { anchored, coarse }: EmOptions): boolean {
  const finer = coarse ? undefined : finerGrid(state.grid, state.latent, expected, anchored);
  if (finer) state.grid = finer;
  return finer !== undefined;
}
