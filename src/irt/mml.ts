import { InputError } from "../input-error.ts";
import { cholesky, symmetricEigen } from "../numerics/index.ts";
import type { ResponseMatrix } from "../responses/index.ts";
import { type EmState, expectationAt, runEm } from "./mml-em.ts";
import { type LatentNormal, standardNormal, termTable } from "./mml-expectation.ts";
import { defaultPriors, type ItemPriors } from "./mml-maximisation.ts";
import { packItems, type ResponseModel, responseModel, unpackItems } from "./mml-models.ts";
import { collapsePatterns, type Patterns } from "./mml-patterns.ts";
import { blockCovariances, constrainedInverse, observedInformation } from "./mml-standard-errors.ts";
import { startingItems } from "./mml-start.ts";
import type { Abilities, ItemParameters, ModelFamily } from "./parameters.ts";

export interface MmlOptions {
  /** Default "2pl". */
  readonly family?: ModelFamily;
  /** Dimensions D of ability, 1 unless told; exploratory, identified by principal axes. */
  readonly dims?: number;
  /** Ordered families: number of categories; told from the data if absent. */
  readonly categories?: number;
  /** Replaces parts of {@link defaultPriors}. */
  readonly priors?: Partial<ItemPriors>;
  /**
   * Which items have a prior on slopes and intercepts: "auto" is all of them with fewer than 200 subjects or 3 items,
   * otherwise only those whose likelihood has no maximum (constant columns, separable data); "all"; or "none" beyond
   * those. Asymptotes always have theirs.
   */
  readonly regularise?: "auto" | "all" | "none";
  /** Items with known parameters: the scale is then theirs, and the mean and covariance of ability are estimated. */
  readonly fixed?: { readonly items: readonly number[]; readonly parameters: ItemParameters };
  /** Stop when an EM step moves no parameter further than this. Default 1e-5. */
  readonly tolerance?: number;
  /** Default 1000 EM steps. */
  readonly maxIterations?: number;
  /**
   * "fine" unless told: nodes as close as the sharpest posteriors need. "coarse": half as many an axis and never refined,
   * enough to compare models.
   */
  readonly quadrature?: "fine" | "coarse";
  /** Seed of the starting values with several dimensions. */
  readonly seed?: number;
  /** "auto": the whole observed information where affordable, else item by item. */
  readonly standardErrors?: "auto" | "full" | "blocks" | "none";
  readonly onProgress?: (step: { iteration: number; logLikelihood: number; change: number }) => void;
}

/** Standard errors laid out as {@link ItemParameters}; 0 for a fixed parameter, Infinity where nothing is known. */
export interface ItemStandardErrors {
  readonly discrimination: Float64Array;
  readonly intercept: Float64Array;
  readonly guessing?: Float64Array;
  readonly upper?: Float64Array;
}

export interface MmlCalibration {
  readonly items: ItemParameters;
  readonly standardErrors: ItemStandardErrors;
  /** I × n × n covariances of [a …, d …, logit c, logit u] of each item. */
  readonly itemCovariance: Float64Array;
  readonly standardErrorMethod: "full" | "blocks" | "none";
  readonly latent: LatentNormal;
  /** Standard error of the latent variance of the Rasch model. */
  readonly latentVarianceSE?: number;
  /** EAP scores and posterior covariances. */
  readonly abilities: Abilities;
  /** Marginal log-likelihood at the estimates, without priors. */
  readonly logLikelihood: number;
  /** Free parameters, those of the latent distribution included. */
  readonly parameterCount: number;
  readonly responses: number;
  readonly iterations: number;
  readonly converged: boolean;
  readonly priors: ItemPriors;
  /** I: 1 where the prior took part in the slopes and intercepts of an item. */
  readonly regularised: Uint8Array;
  readonly warnings: readonly string[];
}

/** Work in multiply-adds up to which "auto" takes the whole information matrix. */
const affordable = 3e9;

/**
 * Marginal maximum likelihood (Bock & Aitkin 1981) by EM with ability integrated out over N(0, 1), missing responses
 * ignored as missing at random. Scores in [0, 1] enter as binomial counts: `trials` answers of which the share `score`
 * was right (one trial unless the matrix says more).
 * @throws InputError for scores outside the model's range, or a model that the options contradict.
 */
export function calibrateMml(matrix: ResponseMatrix, options: MmlOptions = {}): MmlCalibration {
  const model = modelFor(matrix, options);
  const items = matrix.items.length;
  const subjects = matrix.subjects.length;
  if (items === 0 || subjects === 0)
    throw new InputError("nothing to calibrate", { found: `${subjects} subjects and ${items} items` });
  const patterns = collapsePatterns(matrix, model);
  const warnings: string[] = [];
  const common = (model.family === "rasch" || model.family === "1pl") && !options.fixed;
  const { free, parameters } = freeParameters(model, items, common, options.fixed?.items ?? []);
  const regularised = regularisedItems(patterns, model, items, options.regularise ?? "auto", warnings);
  const priors = { ...defaultPriors(model.dims), ...options.priors };
  const x = startingItems(matrix, model, options.seed ?? 1);
  if (options.fixed) {
    const { fixed } = options;
    const known = packItems(model, fixed.parameters);
    fixed.items.forEach((item, k) => {
      x.set(known.subarray(k * model.size, (k + 1) * model.size), item * model.size);
    });
  }
  const shared = common
    ? Math.sqrt(
        Math.max(
          1,
          regularised.reduce((n, r) => n + r, 0),
        ),
      )
    : 1;
  const em = runEm(x, {
    model,
    patterns,
    free,
    common,
    anchored: options.fixed !== undefined,
    // A common slope meets its prior once, not once an item.
    priors: {
      ...priors,
      discrimination: { mean: priors.discrimination.mean, sd: priors.discrimination.sd * shared },
    },
    regularised,
    tolerance: options.tolerance ?? 1e-5,
    maxIterations: options.maxIterations ?? 1000,
    coarse: options.quadrature === "coarse",
    ...(options.onProgress && { onProgress: options.onProgress }),
  });
  if (model.dims > 1 && !options.fixed) rotateToPrincipalAxes(em.x, model);
  const final = finish(em, model, patterns);
  const responses = patterns.frequency.reduce(
    (n, f, p) => n + f * (patterns.start[p + 1] - patterns.start[p]),
    0,
  );
  const rotations = options.fixed ? 0 : (model.dims * (model.dims - 1)) / 2;
  const latentParameters = options.fixed ? model.dims + (model.dims * (model.dims + 1)) / 2 : 0;
  const parameterCount = parameters - rotations + latentParameters;
  if (parameterCount >= responses)
    warnings.push(
      `${responses} responses for ${parameterCount} parameters: single items and abilities cannot be trusted, only what many of them say together`,
    );
  if (subjects === 1) warnings.push("one subject: item parameters are little more than their priors");
  if (items === 1) warnings.push("one item: its slope cannot be told from the data");
  if (!em.converged) warnings.push(`not converged after ${em.iterations} EM steps`);
  const separable = regularised.reduce((n, r, i) => n + (r && !em.before[i] ? 1 : 0), 0);
  if (separable > 0)
    warnings.push(`${separable} items separate the subjects perfectly: kept finite by the prior`);
  const errors = standardErrors(em, final, model, patterns, free, parameters, subjects, options);
  const result: MmlCalibration = {
    items: unpackItems(model, em.x),
    standardErrors: errorsOf(model, em.x, errors.covariance),
    itemCovariance: errors.covariance,
    standardErrorMethod: errors.method,
    latent: em.latent,
    abilities: abilitiesOf(final, patterns, model.dims),
    logLikelihood: final.logLikelihood,
    parameterCount,
    responses,
    iterations: em.iterations,
    converged: em.converged,
    priors,
    regularised,
    warnings,
  };
  return model.family === "rasch" && common ? asRasch(result, model) : result;
}

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

function freeParameters(model: ResponseModel, items: number, common: boolean, fixed: readonly number[]) {
  const { size } = model;
  const free = new Int32Array(items * size).fill(-1);
  const known = new Set(fixed);
  let parameters = 0;
  if (common) parameters++;
  for (let i = 0; i < items; i++) {
    if (known.has(i)) continue;
    for (let j = 0; j < size; j++) free[i * size + j] = common && j === 0 ? 0 : parameters++;
  }
  // Beside fixed items of a model with one slope for all, new items take that slope.
  if (known.size > 0 && (model.family === "rasch" || model.family === "1pl"))
    for (let i = 0; i < items; i++) free[i * size] = -1;
  return { free, parameters };
}

function regularisedItems(
  patterns: Patterns,
  { categories }: ResponseModel,
  items: number,
  rule: "auto" | "all" | "none",
  warnings: string[],
): Uint8Array {
  const seen = new Float64Array(items * categories);
  const { row, weight, start, frequency, count } = patterns;
  let subjects = 0;
  for (let p = 0; p < count; p++) {
    subjects += frequency[p];
    for (let e = start[p]; e < start[p + 1]; e++) seen[row[e]] += weight[e] * frequency[p];
  }
  const all = rule === "all" || (rule === "auto" && (subjects < 200 || items < 3));
  const regularised = new Uint8Array(items).fill(all ? 1 : 0);
  let constant = 0;
  for (let i = 0; i < items; i++) {
    const used = seen.subarray(i * categories, (i + 1) * categories).reduce((n, v) => n + (v > 0 ? 1 : 0), 0);
    if (used < categories) regularised[i] = 1;
    if (used < 2) constant++;
  }
  if (constant > 0)
    warnings.push(
      `${constant} items have the same score from everyone: kept, with parameters from the prior`,
    );
  return regularised;
}

/** Turns the slopes to their principal axes (largest first) with positive column sums: the identification rule. */
function rotateToPrincipalAxes(x: Float64Array, { dims, size }: ResponseModel): void {
  const gram = new Float64Array(dims * dims);
  for (let o = 0; o < x.length; o += size)
    for (let j = 0; j < dims; j++) for (let k = 0; k < dims; k++) gram[j * dims + k] += x[o + j] * x[o + k];
  const { vectors } = symmetricEigen(gram, dims);
  const turned = new Float64Array(dims);
  const sums = new Float64Array(dims);
  for (let o = 0; o < x.length; o += size) {
    turned.fill(0);
    for (let j = 0; j < dims; j++)
      for (let k = 0; k < dims; k++) turned[j] += x[o + k] * vectors[k * dims + j];
    x.set(turned, o);
    for (let j = 0; j < dims; j++) sums[j] += turned[j];
  }
  for (let o = 0; o < x.length; o += size) for (let j = 0; j < dims; j++) if (sums[j] < 0) x[o + j] *= -1;
}

function finish(em: EmState, model: ResponseModel, patterns: Patterns) {
  return expectationAt(em, em.x, { model, patterns });
}

function standardErrors(
  em: EmState,
  final: ReturnType<typeof finish>,
  model: ResponseModel,
  patterns: Patterns,
  free: Int32Array,
  parameters: number,
  subjects: number,
  { standardErrors: wanted = "auto", fixed }: MmlOptions,
): { covariance: Float64Array; method: "full" | "blocks" | "none" } {
  const { size, dims } = model;
  const covariance = new Float64Array((em.x.length / size) * size * size);
  if (wanted === "none") return { covariance, method: "none" };
  const input = {
    ...em,
    model,
    patterns,
    free,
    parameters,
    table: termTable(model, em.x, em.nodes),
    counts: em.withPseudoResponses(final.counts),
    informed: em.regularised,
  };
  const width = em.windows.to.reduce((n, to, p) => n + to - em.windows.from[p], 0);
  if (wanted === "full" || (wanted === "auto" && (width * parameters ** 2) / 2 <= affordable)) {
    const h = observedInformation(input);
    const scale = Math.sqrt(h.reduce((most, v) => Math.max(most, Math.abs(v)), 1));
    const constraints = dims > 1 && !fixed ? principalAxes(em.x, model, free, parameters, scale) : [];
    const inverse = constrainedInverse(h, parameters, constraints);
    if (inverse) {
      for (let i = 0; i < em.x.length / size; i++)
        for (let j = 0; j < size; j++)
          for (let l = 0; l < size; l++) {
            const [r, c] = [free[i * size + j], free[i * size + l]];
            if (r >= 0 && c >= 0) covariance[(i * size + j) * size + l] = inverse[r * parameters + c];
          }
      return { covariance, method: "full" };
    }
  }
  return { covariance: blockCovariances(input, fixed ? Infinity : subjects), method: "blocks" };
}

/** Gradients of Σ_i a_ij a_ik for each pair of dimensions, which the identification rule keeps at zero. */
function principalAxes(
  x: Float64Array,
  { dims, size }: ResponseModel,
  free: Int32Array,
  parameters: number,
  scale: number,
): Float64Array[] {
  const constraints: Float64Array[] = [];
  for (let j = 0; j < dims; j++)
    for (let k = 0; k < j; k++) {
      const g = new Float64Array(parameters);
      let norm = 0;
      for (let o = 0; o < x.length; o += size) {
        g[free[o + j]] = x[o + k];
        g[free[o + k]] = x[o + j];
        norm += x[o + j] ** 2 + x[o + k] ** 2;
      }
      constraints.push(g.map((v) => (v * scale) / Math.sqrt(norm)));
    }
  return constraints;
}

function errorsOf(model: ResponseModel, x: Float64Array, covariance: Float64Array): ItemStandardErrors {
  const { size } = model;
  const values = unpackItems(model, x);
  const roots = new Float64Array(x.length);
  for (let e = 0; e < x.length; e++) roots[e] = Math.sqrt(Math.max(0, covariance[e * size + (e % size)]));
  const errors = unpackItems(model, roots);
  // Delta method: SE(c) = c (1 − c) SE(logit c).
  const asymptote = (p: Float64Array, j: number) => p.map((c, i) => c * (1 - c) * roots[i * size + j]);
  return {
    discrimination: errors.discrimination,
    intercept: errors.intercept,
    ...(values.guessing && { guessing: asymptote(values.guessing, model.dims + 1) }),
    ...(values.upper && { upper: asymptote(values.upper, model.dims + 2) }),
  };
}

function abilitiesOf(
  { means, moments }: { means: Float64Array; moments: Float64Array },
  { patternOf }: Patterns,
  dims: number,
): Abilities {
  const ability = new Float64Array(patternOf.length * dims);
  const covariance = new Float64Array(patternOf.length * dims * dims);
  patternOf.forEach((p, s) => {
    for (let j = 0; j < dims; j++) {
      ability[s * dims + j] = means[p * dims + j];
      for (let k = 0; k < dims; k++)
        covariance[(s * dims + j) * dims + k] =
          moments[(p * dims + j) * dims + k] - means[p * dims + j] * means[p * dims + k];
    }
  });
  return { dims, ability, covariance };
}

/** One slope a with θ ~ N(0, 1) is slope 1 with θ ~ N(0, a²): Rasch's scale. */
function asRasch(one: MmlCalibration, { size }: ResponseModel): MmlCalibration {
  const a = one.items.discrimination[0];
  const slopeSE = one.standardErrors.discrimination[0];
  const items = one.items.discrimination.length;
  const itemCovariance = one.itemCovariance.slice();
  for (let i = 0; i < items; i++)
    for (let j = 0; j < size; j++) {
      itemCovariance[i * size * size + j] = 0;
      itemCovariance[i * size * size + j * size] = 0;
    }
  return {
    ...one,
    items: { ...one.items, discrimination: new Float64Array(items).fill(1) },
    standardErrors: { ...one.standardErrors, discrimination: new Float64Array(items) },
    itemCovariance,
    latent: { mean: one.latent.mean, covariance: Float64Array.of(a * a) },
    latentVarianceSE: 2 * Math.abs(a) * slopeSE,
    abilities: {
      dims: 1,
      ability: one.abilities.ability.map((v) => v * a),
      covariance: one.abilities.covariance.map((v) => v * a * a),
    },
  };
}

/**
 * EAP scores with posterior covariances of (possibly new) subjects under known item parameters.
 * @param matrix its items are those of `parameters`, in order; a subject without responses gets the prior back.
 */
export function scoreEap(
  matrix: ResponseMatrix,
  parameters: ItemParameters,
  latent: LatentNormal = standardNormal(parameters.dims),
): Abilities {
  const model = responseModel(parameters.family, parameters.dims, parameters.categories ?? 2);
  const x = packItems(model, parameters);
  if (x.length !== matrix.items.length * model.size)
    throw new InputError("items and their parameters differ in number", {
      found: `${matrix.items.length} items`,
      expected: `${x.length / model.size}`,
    });
  if (!cholesky(latent.covariance.slice(), model.dims))
    throw new InputError("the covariance of ability is not positive definite");
  const patterns = collapsePatterns(matrix, model);
  const em = runEm(x, {
    model,
    patterns,
    free: new Int32Array(x.length).fill(-1),
    common: false,
    anchored: false,
    priors: defaultPriors(model.dims),
    regularised: new Uint8Array(matrix.items.length),
    tolerance: 0,
    maxIterations: 0,
    latent,
  });
  return abilitiesOf(finish(em, model, patterns), patterns, model.dims);
}
