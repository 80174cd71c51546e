import { InputError } from "../../input-error.ts";
import { logit } from "../../numerics/index.ts";
import type { ResponseMatrix } from "../../responses/index.ts";
import { packItems, type ResponseModel, responseModel, unpackItems } from "../models.ts";
import { freeParameterCount } from "../parameters.ts";
import type { MmlCalibration, MmlOptions } from "./calibration.ts";
import { type EmState, expectationOf, runEm } from "./em.ts";
import type { Expectation } from "./expectation.ts";
import { asRasch, rotateToPrincipalAxes } from "./identify.ts";
import { collapsePatterns, type Patterns } from "./patterns.ts";
import { defaultPriors, type ItemPriors } from "./priors.ts";
import { addPseudoResponses } from "./pseudo-responses.ts";
import { regularisedItems } from "./regularise.ts";
import { abilitiesOf } from "./score.ts";
import { covariances, errorsOf } from "./standard-errors.ts";
import { startingItems } from "./start.ts";
import { shortTerms } from "./terms.ts";
import { driveInThreads } from "./threads.ts";
import { driveHere, type Problem, type Working } from "./work.ts";

/**
 * Marginal maximum likelihood (Bock & Aitkin 1981) by EM with ability integrated out over N(0, 1), missing responses
 * ignored as missing at random. Scores in [0, 1] enter as binomial counts: `trials` answers of which the share `score`
 * was right (one trial unless the matrix says more).
 * @throws InputError for scores outside the model's range, or a model that the options contradict.
 */
export function calibrateMml(matrix: ResponseMatrix, options: MmlOptions = {}): MmlCalibration {
  const task = taskOf(matrix, options);
  return driveHere(calibration(task, options), task.problem);
}

/**
 * {@link calibrateMml} on several threads, with the same result bit for bit; on this thread alone where the host has no
 * workers.
 */
export async function calibrateMmlInThreads(
  matrix: ResponseMatrix,
  options: MmlOptions & { readonly threads: number },
): Promise<MmlCalibration> {
  const task = taskOf(matrix, options);
  return driveInThreads(calibration(task, options), task.problem, options.threads);
}

/** What is to be estimated, and from where. */
interface Task {
  readonly matrix: ResponseMatrix;
  readonly problem: Problem;
  readonly patterns: Patterns;
  /** The priors as the bank tells them. */
  readonly priors: ItemPriors;
  readonly common: boolean;
  /** Number of free item parameters. */
  readonly parameters: number;
  /** I: 1 where slopes and intercepts have a prior from the start. */
  readonly regularised: Uint8Array;
  readonly start: Float64Array;
  readonly warnings: readonly string[];
}

function taskOf(matrix: ResponseMatrix, options: MmlOptions): Task {
  const { fixed } = options;
  const model = modelFor(matrix, options);
  const items = matrix.items.length;
  if (items === 0 || matrix.subjects.length === 0)
    throw new InputError("nothing to calibrate", {
      found: `${matrix.subjects.length} subjects and ${items} items`,
    });
  const patterns = collapsePatterns(matrix, model);
  const warnings: string[] = [];
  const equalSlopes = model.family === "rasch" || model.family === "1pl";
  const common = equalSlopes && !fixed;
  const { guessing } = options;
  if (guessing !== undefined) checkGuessing(guessing, model);
  const { free, parameters } = freeParameters(
    model,
    items,
    common,
    fixed?.items ?? [],
    guessing !== undefined,
  );
  const regularised = regularisedItems(patterns, model, items, options.regularise ?? "auto", warnings);
  const priors = { ...defaultPriors(model.dims), ...options.priors };
  const start = startingItems(matrix, model, options.seed ?? 1);
  if (guessing !== undefined)
    for (let i = 0; i < items; i++) start[i * model.size + guessingAt(model)] = logit(guessing);
  if (fixed) {
    const known = packItems(model, fixed.parameters);
    if (equalSlopes) for (let i = 0; i < items; i++) start[i * model.size] = known[0];
    fixed.items.forEach((item, k) => {
      start.set(known.subarray(k * model.size, (k + 1) * model.size), item * model.size);
    });
  }
  // A common slope meets its prior once, not once an item.
  const once = common ? Math.sqrt(Math.max(1, sum(regularised))) : 1;
  const { mean, sd } = priors.discrimination;
  const problem = {
    model,
    terms: shortTerms(patterns, model.categories, items),
    frequency: patterns.frequency,
    free,
    priors: { ...priors, discrimination: { mean, sd: sd * once } },
  };
  return { matrix, problem, patterns, priors, common, parameters, regularised, start, warnings };
}

function* calibration(task: Task, options: MmlOptions): Working<MmlCalibration> {
  const { problem, patterns, priors, common } = task;
  const { model } = problem;
  const { onProgress, onCheckpoint, from, fixed, standardErrors = "auto" } = options;
  const em = yield* runEm(task.start, problem, {
    common,
    anchored: fixed !== undefined,
    regularised: task.regularised.slice(),
    tolerance: options.tolerance ?? 1e-5,
    maxIterations: options.maxIterations ?? 1000,
    coarse: options.quadrature === "coarse",
    ...(onProgress && { onProgress }),
    ...(onCheckpoint && { onCheckpoint }),
    ...(from && { from }),
  });
  if (model.dims > 1 && !fixed) rotateToPrincipalAxes(em.x, model);
  const final = yield* expectationOf(em, em.x);
  const errors = covariances(
    informationInput(task, em, final),
    standardErrors,
    fixed ? Infinity : task.matrix.subjects.length,
  );
  const result: MmlCalibration = {
    items: unpackItems(model, em.x),
    standardErrors: errorsOf(model, em.x, errors.covariance),
    itemCovariance: errors.covariance,
    standardErrorMethod: errors.method,
    latent: em.latent,
    abilities: abilitiesOf(final, patterns, model.dims),
    logLikelihood: final.logLikelihood,
    parameterCount: parameterCountOf(task, fixed !== undefined),
    responses: sum(task.matrix.observed),
    iterations: em.iterations,
    converged: em.converged,
    priors,
    regularised: em.regularised,
    warnings: warningsOf(task, em, fixed !== undefined),
  };
  return model.family === "rasch" && common ? asRasch(result, model) : result;
}

function informationInput({ problem, patterns, parameters }: Task, em: EmState, final: Expectation) {
  const { x, grid, regularised } = em;
  const { model, free } = problem;
  const counts = addPseudoResponses(final.counts, { model, free, regularised, grid });
  return { ...problem, ...grid, x, patterns, parameters, counts, informed: regularised };
}

const parameterCountOf = ({ problem, parameters }: Task, anchored: boolean): number =>
  freeParameterCount(parameters, problem.model.dims, anchored);

function warningsOf(task: Task, em: EmState, anchored: boolean): string[] {
  const { subjects, items, observed } = task.matrix;
  const [responses, parameters] = [sum(observed), parameterCountOf(task, anchored)];
  const separable = sum(em.regularised) - sum(task.regularised);
  return [
    ...task.warnings,
    ...(parameters >= responses
      ? [
          `${responses === 1 ? "1 response" : `${responses} responses`} for ${parameters} parameters: single items and abilities cannot be trusted, only what many of them say together`,
        ]
      : []),
    ...(subjects.length === 1 ? ["one subject: item parameters are little more than their priors"] : []),
    ...(items.length === 1 ? ["one item: its slope cannot be told from the data"] : []),
    ...(em.converged ? [] : [`not converged after ${em.iterations} EM steps`]),
    ...(separable > 0
      ? [
          `${separable === 1 ? "one item parts" : `${separable} items part`} able from unable subjects (almost) perfectly: the slope is kept finite by the prior`,
        ]
      : []),
  ];
}

const sum = (flags: Uint8Array): number => flags.reduce((n, flag) => n + flag, 0);

function modelFor(matrix: ResponseMatrix, options: MmlOptions): ResponseModel {
  const family = options.family ?? "2pl";
  const dims = options.dims ?? 1;
  if (!(Number.isInteger(dims) && dims >= 1 && dims <= 12))
    throw new InputError("marginal maximum likelihood takes 1 to 12 dimensions", {
      found: String(dims),
      hint: "The variational engine has no such limit.",
    });
  if (dims > 1 && (family === "rasch" || family === "1pl"))
    throw new InputError(`${family} has one dimension`, { found: String(dims) });
  if (family !== "graded" && family !== "gpcm") return responseModel(family, dims);
  let highest = 1;
  matrix.scores.forEach((score, cell) => {
    if (matrix.observed[cell] && score > highest) highest = Math.floor(score);
  });
  return responseModel(
    family,
    dims,
    options.categories ?? options.fixed?.parameters.categories ?? highest + 1,
  );
}

/** Place of the lower asymptote among an item's parameters. */
const guessingAt = ({ dims }: ResponseModel): number => dims + 1;

function checkGuessing(guessing: number, { family }: ResponseModel): void {
  if (family !== "3pl" && family !== "4pl")
    throw new InputError("only models with guessing have a lower asymptote to fix", {
      found: family,
      expected: "3pl or 4pl",
    });
  if (!(guessing > 0 && guessing < 1))
    throw new InputError("a lower asymptote lies between 0 and 1", {
      field: "guessing",
      found: String(guessing),
      ...(guessing === 0 && { hint: "Without guessing it is the 2pl." }),
    });
}

function freeParameters(
  model: ResponseModel,
  items: number,
  common: boolean,
  fixed: readonly number[],
  guessingKnown: boolean,
) {
  const { size } = model;
  const free = new Int32Array(items * size).fill(-1);
  const known = new Set(fixed);
  let parameters = 0;
  if (common) parameters++;
  for (let i = 0; i < items; i++) {
    if (known.has(i)) continue;
    for (let j = 0; j < size; j++)
      if (!guessingKnown || j !== guessingAt(model))
        free[i * size + j] = common && j === 0 ? 0 : parameters++;
  }
  // Beside fixed items of a model with one slope for all, new items take that slope.
  if (known.size > 0 && (model.family === "rasch" || model.family === "1pl"))
    for (let i = 0; i < items; i++) free[i * size] = -1;
  return { free, parameters };
}
