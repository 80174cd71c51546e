import { InputError } from "../input-error.ts";
import {
  type Abilities,
  asymptoteError,
  calibrateMmlInThreads,
  calibrateVariationalInThreads,
  type EmProgress,
  freeParameterCount,
  type ItemParameters,
  type LatentNormal,
  type MmlCheckpoint,
  type ModelFamily,
  marginalLogLikelihood,
  type VariationalCheckpoint,
} from "../irt/index.ts";
import type { ResponseMatrix } from "../responses/index.ts";
import type { ItemBank } from "./bank.ts";
import type { Resuming } from "./calibrate.ts";
import { flatten, populationOf, priorByName } from "./prior-settings.ts";

/** One model and how to estimate it. */
export interface ModelChoice {
  readonly family: ModelFamily;
  readonly dims: number;
  readonly method: "mml" | "variational";
}

/** What either engine finds, in the bank's terms. */
export interface Estimate extends Pick<ItemBank, "priors" | "warnings"> {
  readonly parameters: ItemParameters;
  readonly covariance: Float64Array;
  readonly abilities: Abilities;
  readonly latent: LatentNormal;
  /** With the abilities integrated out; in such a comparison at the abilities' means. */
  readonly logLikelihood: number;
  /** Free parameters; absent where the variational engine compares models. */
  readonly parameterCount?: number;
  readonly iterations: number;
  readonly converged: boolean;
  readonly recalibration?: Readonly<Record<string, number>>;
}

/** Items whose parameters are known: the first of the matrix, in order. */
export interface KnownItems {
  readonly parameters: ItemParameters;
  readonly covariance: Float64Array;
  /** Distribution of ability on their scale. */
  readonly latent: LatentNormal;
  /** How they were estimated. */
  readonly method: ItemBank["method"];
}

/** State of an estimation under way, of either engine. */
export type EstimateCheckpoint = MmlCheckpoint | VariationalCheckpoint;

interface EstimateOptions {
  readonly seed: number;
  readonly threads?: number;
  readonly known?: KnownItems;
  /** Known lower asymptote of all items, for models with guessing. */
  readonly guessing?: number;
  /** For a comparison of models: less exact, standard errors item by item. */
  readonly quick?: boolean;
  /** Told each iteration, and where that can be foretold how many are left at most. */
  readonly onIteration?: (iteration: number, left?: number) => void;
  /** With the name of this estimation: where its state goes, and may come from. */
  readonly resuming?: Pick<Resuming, "running" | "offer">;
  readonly name?: string;
}

/** Cells times dimensions below which threads take longer to start than they save. */
const worthThreads = 1e5;

/**
 * Cells up to which a comparison takes the wider, joint covariances: with few responses the conditional ones are so much
 * too narrow that they favour too many dimensions. Beyond, they take most of the time and change little.
 */
const fewCells = 5000;

/** Subjects, or items, up to which they are taken too: they are cheap there, and matter whatever the other side's length. */
const few = 30;
const mostJointly = 1e5;

export const comparesJointly = ({ subjects, items, scores }: ResponseMatrix): boolean =>
  scores.length <= fewCells ||
  (Math.min(subjects.length, items.length) <= few && scores.length <= mostJointly);

/** Responses from which on the variational engine is the one to wait for. */
const mostMmlCells = 5e6;

/**
 * The engine for a model: marginal maximum likelihood where the answers to an item are many enough to be a sample of a population
 * and the dimensions few, the variational one for wide data (few LLMs, many questions) and many dimensions. Only the
 * 2PL has both.
 */
export function methodFor(family: ModelFamily, dims: number, matrix: ResponseMatrix): ModelChoice["method"] {
  if (family !== "2pl") return "mml";
  const answers = matrix.observed.reduce((sum, seen) => sum + seen, 0) / matrix.items.length;
  return answers >= 200 && dims <= 3 && matrix.scores.length <= mostMmlCells ? "mml" : "variational";
}

/**
 * Runs one engine.
 * @throws InputError for a model that the engine does not have, or scores outside the model's range
 */
export async function estimate(
  matrix: ResponseMatrix,
  choice: ModelChoice,
  options: EstimateOptions,
): Promise<Estimate> {
  checkRange(matrix, choice.family);
  const worth = matrix.scores.length * choice.dims >= worthThreads;
  const run = { ...options, threads: worth ? (options.threads ?? 1) : 1 };
  return choice.method === "mml" ? byMml(matrix, choice, run) : byVariational(matrix, choice, run);
}

type RunOptions = EstimateOptions & { readonly threads: number };

async function byVariational(
  matrix: ResponseMatrix,
  { family, dims }: ModelChoice,
  options: RunOptions,
): Promise<Estimate> {
  if (family !== "2pl")
    throw new InputError("the variational engine calibrates the 2PL", {
      field: "model",
      found: family,
      hint: "Use --engine mml for this model.",
    });
  const { seed, threads, known, onIteration } = options;
  const result = await calibrateVariationalInThreads(matrix, {
    dims,
    seed,
    threads,
    // A comparison needs the ranking, not the last digits.
    ...(options.quick && {
      maxIterations: 60,
      tolerance: 1e-5,
      standardErrors: comparesJointly(matrix) ? ("quick" as const) : ("conditional" as const),
    }),
    ...(known && {
      fixed: {
        ...firstItems(known),
        // What an engine could not tell (NaN, Infinity) counts as known.
        covariance: known.covariance.map((v) => (Number.isFinite(v) ? v : 0)),
        latent: known.latent,
      },
    }),
    ...(onIteration && { onIteration }),
    ...resumable<VariationalCheckpoint>(options),
  });
  return {
    parameters: result.items,
    covariance: result.itemCovariance,
    abilities: result.abilities,
    latent: result.latent,
    ...(options.quick
      ? { logLikelihood: result.logLikelihood }
      : {
          logLikelihood: marginalLogLikelihood(matrix, result.items, result.abilities, result.latent, seed),
          parameterCount: freeParameterCount(
            (matrix.items.length - (known?.parameters.intercept.length ?? 0)) * (dims + 1),
            dims,
            known !== undefined,
          ),
        }),
    iterations: result.iterations,
    converged: result.converged,
    priors: flatten({
      ability: known ? "estimated normal" : "N(0, I)",
      ...result.priors,
      ...(result.itemPrior && { prior: priorByName(result.itemPrior, dims) }),
    }),
    warnings: result.converged ? [] : [`not converged after ${result.iterations} iterations`],
  };
}

async function byMml(
  matrix: ResponseMatrix,
  { family, dims }: ModelChoice,
  options: RunOptions,
): Promise<Estimate> {
  const { seed, threads, known, guessing, onIteration } = options;
  const result = await calibrateMmlInThreads(matrix, {
    family,
    dims,
    seed,
    threads,
    ...(guessing !== undefined && { guessing }),
    ...(options.quick && {
      standardErrors: "blocks",
      tolerance: 1e-3,
      maxIterations: 100,
      quadrature: "coarse" as const,
    }),
    ...(known && { fixed: firstItems(known) }),
    ...(onIteration && {
      onProgress: ({ iteration, left }: EmProgress) => onIteration(iteration, left),
    }),
    ...resumable<MmlCheckpoint>(options),
  });
  return {
    parameters: result.items,
    covariance: naturalScale(result.itemCovariance, result.items),
    abilities: result.abilities,
    latent: result.latent,
    logLikelihood: result.logLikelihood,
    parameterCount: result.parameterCount,
    iterations: result.iterations,
    converged: result.converged,
    priors: flatten({
      ability: known ? "estimated normal" : populationOf(result),
      ...result.priors,
      // Priors of slopes and intercepts are there for items that need one; asymptotes always have theirs.
      regularised: `${result.regularised.reduce((n, flag) => n + flag, 0)} of ${matrix.items.length} items`,
      ...(guessing !== undefined && { guessing: `fixed at ${guessing}` }),
    }),
    warnings: result.warnings,
  };
}

/** Known items are the first of the matrix. */
const firstItems = ({ parameters }: KnownItems) => ({
  items: Array.from({ length: parameters.discrimination.length / parameters.dims }, (_, i) => i),
  parameters,
});

/** The engine's side of {@link Resuming}: a state was offered under this name by the same engine. */
function resumable<C extends EstimateCheckpoint>({ resuming, name = "" }: EstimateOptions) {
  return {
    ...(resuming && { onCheckpoint: (take: () => C) => resuming.offer(name, take) }),
    ...(resuming?.running?.name === name && { from: resuming.running.state as C }),
  };
}

/** Covariances of (…, logit c, logit u) as those of (…, c, u): with the errors of {@link asymptoteError} and the same correlations. */
function naturalScale(covariance: Float64Array, parameters: ItemParameters): Float64Array {
  const { guessing, upper, dims, discrimination } = parameters;
  if (!guessing) return covariance;
  const items = discrimination.length / dims;
  const size = Math.sqrt(covariance.length / items);
  const factors = Float64Array.from({ length: items * size }, (_, at) => {
    const [i, p] = [Math.floor(at / size), at % size];
    const asymptote = p === dims + 1 ? guessing[i] : p === dims + 2 ? upper?.[i] : undefined;
    const variance = covariance[(i * size + p) * size + p];
    if (asymptote === undefined || !(variance > 0 && variance < Infinity)) return 1;
    return asymptoteError(asymptote, Math.sqrt(variance)) / Math.sqrt(variance);
  });
  return covariance.map((value, at) => {
    const [row, c] = [Math.floor(at / size), at % size];
    return value * factors[row] * factors[Math.floor(row / size) * size + c];
  });
}

function checkRange(matrix: ResponseMatrix, family: ModelFamily): void {
  const ordered = family === "graded" || family === "gpcm";
  const fits = ordered ? (x: number) => Number.isInteger(x) && x >= 0 : (x: number) => x >= 0 && x <= 1;
  const cell = matrix.scores.findIndex((score, at) => matrix.observed[at] === 1 && !fits(score));
  if (cell < 0) return;
  const width = matrix.items.length;
  throw new InputError(`a score lies outside the range of the model (${family})`, {
    at: `subject ${matrix.subjects[Math.floor(cell / width)]}, item ${matrix.items[cell % width]}`,
    found: String(matrix.scores[cell]),
    expected: ordered ? "whole numbers from 0" : "0 to 1",
    hint: ordered
      ? "Ordered models take points; for shares of a full score use the 2pl with --scoring score."
      : "Divide by the highest possible score, or choose --model graded for whole points.",
  });
}
