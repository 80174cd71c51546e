import {
  calibrateVariational,
  expectedLogistic,
  logitMoments,
  type VariationalCalibration,
} from "../irt/index.ts";
import { gaussHermite } from "../numerics/index.ts";
import type { TrainingData } from "./training-data.ts";

/**
 * The IRT core of a router: P(correct) = logistic(a·θ + d), with the models' abilities θ and their posterior, and the
 * distribution of a question's (a, d) around what its text foretells. It ties the models together in D dimensions, where
 * the router's other members foretell each model by itself.
 */
export interface ItemCore {
  readonly dims: number;
  /** M × D posterior means, and M × D × D covariances. */
  readonly ability: Float64Array;
  readonly abilityCovariance: Float64Array;
  /** D + 1 means of (a₁ … a_D, d) over the training questions. */
  readonly mean: Float64Array;
  /** (D + 1) × (D + 1) covariance of (a, d) given the text. */
  readonly spread: Float64Array;
  /** Weights of what forest and smoother foretell of (a, d) beyond its mean. */
  readonly weights: readonly [number, number];
}

/** Most dimensions, and least questions that a calibration is worth its while for. */
const mostDimensions = 3;
const fewestQuestions = 50;

/** Item parameters of the training questions; undefined for one model, or few questions. */
export function calibrateItems(data: TrainingData): VariationalCalibration | undefined {
  const { models, texts, rewards, observed } = data;
  const n = texts.length;
  const width = models.length;
  if (width < 2 || n < fewestQuestions) return undefined;
  const turned = { scores: new Float64Array(n * width), observed: new Uint8Array(n * width) };
  for (let i = 0; i < n; i++)
    for (let m = 0; m < width; m++) {
      turned.scores[m * n + i] = Math.min(1, Math.max(0, rewards[i * width + m]));
      turned.observed[m * n + i] = observed[i * width + m];
    }
  const matrix = { subjects: models, items: texts, ...turned };
  for (let dims = Math.min(mostDimensions, width - 1); dims > 0; dims--) {
    const found = calibrateVariational(matrix, {
      dims,
      standardErrors: "conditional",
      maxIterations: 200,
    });
    // Models that are all alike have no second dimension.
    if (found.abilities.ability.every(Number.isFinite) && found.items.intercept.every(Number.isFinite))
      return found;
  }
  return undefined;
}

/** n × (D + 1) item parameters (a, d) less their means, and the means. */
export function centredItems({ items }: VariationalCalibration): {
  values: Float32Array;
  mean: Float64Array;
} {
  const { dims, discrimination, intercept } = items;
  const n = intercept.length;
  const size = dims + 1;
  const at = (o: number) => {
    const i = Math.floor(o / size);
    return o % size < dims ? discrimination[i * dims + (o % size)] : intercept[i];
  };
  const mean = new Float64Array(size);
  for (let o = 0; o < n * size; o++) mean[o % size] += at(o) / n;
  return { values: Float32Array.from({ length: n * size }, (_, o) => at(o) - mean[o % size]), mean };
}

/**
 * @param foretold n × (D + 1) predictions of (a, d) less its mean, of questions that the predictor had not seen
 */
export function fitItemCore(
  calibration: VariationalCalibration,
  foretold: Float64Array,
  weights: readonly [number, number],
): ItemCore {
  const { values, mean } = centredItems(calibration);
  const { dims } = calibration.items;
  const size = dims + 1;
  const n = values.length / size;
  const spread = new Float64Array(size * size);
  // The variance of the posterior means around what is foretold, and that of the truth around the posterior means.
  for (let i = 0; i < n; i++)
    for (let a = 0; a < size; a++)
      for (let b = 0; b < size; b++)
        spread[a * size + b] +=
          ((values[i * size + a] - foretold[i * size + a]) * (values[i * size + b] - foretold[i * size + b]) +
            calibration.itemCovariance[(i * size + a) * size + b]) /
          n;
  const { ability, covariance } = calibration.abilities;
  return { dims, ability, abilityCovariance: covariance, mean, spread, weights };
}

const rule = gaussHermite(9);

/**
 * P(correct) of each model, integrated over what is unknown of the question and of the ability: the logit a·θ + d is
 * taken as normal with its mean and variance (a, d and θ being independent).
 *
 * @param foretold D + 1 numbers: (a, d) less its mean
 */
export function coreProbabilities(core: ItemCore, foretold: ArrayLike<number>): Float64Array {
  const { dims, ability, abilityCovariance, mean, spread } = core;
  const size = dims + 1;
  const models = ability.length / dims;
  const out = new Float64Array(models);
  const item = { mean: mean.map((v, j) => v + foretold[j]), covariance: spread, width: size };
  for (let m = 0; m < models; m++)
    out[m] = expectedLogistic(
      logitMoments(item, {
        mean: ability.subarray(m * dims, (m + 1) * dims),
        covariance: abilityCovariance.subarray(m * dims * dims, (m + 1) * dims * dims),
      }),
      rule,
    );
  return out;
}
