import { categoryProbabilities, expectedLogistic, type ItemParameters, logitMoments } from "../irt/index.ts";
import {
  gaussHermite,
  logistic,
  logit,
  type ProbabilityScores,
  scoreProbabilities,
} from "../numerics/index.ts";
import type { ResponseMatrix } from "../responses/index.ts";
import { type ItemBank, parameterNames } from "./bank.ts";

const rule = gaussHermite(15);

/** What a prediction needs of a bank, or of an estimate on its way to one. */
export type Posterior = Pick<ItemBank, "parameters" | "covariance" | "abilities" | "recalibration">;

/**
 * Predictive probabilities of a bank: P(right) of a subject on an item, or the expected share of the highest score for
 * ordered items. The uncertainty of ability and item is averaged over, not ignored: the logit is taken as normal with
 * the posterior's mean and variance, and P integrated over it by Gauss–Hermite quadrature; then the bank's recalibration
 * is applied, if it has one.
 */
export function predictor(bank: Posterior): (subject: number, item: number) => number {
  const { parameters } = bank;
  if (parameters.categories && parameters.categories > 2) {
    const distribution = scoreDistribution(bank);
    const highest = parameters.categories - 1;
    return (subject, item) =>
      distribution(subject, item).reduce((sum, p, score) => sum + p * score, 0) / highest;
  }
  const moments = momentsOf(bank);
  const { recalibration } = bank;
  const { slope = 1, intercept = 0 } = recalibration ?? {};
  return (subject, item) => {
    const [low, high] = [parameters.guessing?.[item] ?? 0, parameters.upper?.[item] ?? 1];
    const right = expectedLogistic(moments(subject, item), rule);
    const p = Math.min(1 - 1e-12, Math.max(1e-12, low + (high - low) * right));
    return recalibration ? logistic(intercept + slope * logit(p)) : p;
  };
}

/** P of each score of an ordered item, averaged over the uncertainty of the logit. */
function scoreDistribution(bank: Posterior): (subject: number, item: number) => Float64Array {
  const { parameters, abilities } = bank;
  const { dims, categories = 2 } = parameters;
  const moments = momentsOf(bank);
  return (subject, item) => {
    const theta = abilities.ability.subarray(subject * dims, (subject + 1) * dims);
    const spread = Math.sqrt(moments(subject, item).variance);
    const out = new Float64Array(categories);
    for (let k = 0; k < rule.nodes.length; k++) {
      const p = categoryProbabilities(shifted(parameters, item, spread * rule.nodes[k]), 0, theta);
      for (let score = 0; score < categories; score++) out[score] += rule.weights[k] * p[score];
    }
    return out;
  };
}

/** One item whose a·θ is moved by `by`. */
function shifted(parameters: ItemParameters, item: number, by: number): ItemParameters {
  const { dims, discrimination, intercept, family } = parameters;
  const steps = intercept.length / (discrimination.length / dims);
  return {
    ...parameters,
    discrimination: discrimination.subarray(item * dims, (item + 1) * dims),
    intercept: intercept
      .subarray(item * steps, (item + 1) * steps)
      .map((d, k) => d + by * (family === "gpcm" ? k + 1 : 1)),
  };
}

/** Posterior mean and variance of a·θ + d (of ordered items: of a·θ + d_1). */
function momentsOf({ parameters, covariance, abilities }: Posterior) {
  const { dims, discrimination, intercept } = parameters;
  const items = discrimination.length / dims;
  const steps = intercept.length / items;
  const width = parameterNames(parameters).length;
  const mean = new Float64Array(dims + 1);
  return (subject: number, item: number) => {
    for (let j = 0; j < dims; j++) mean[j] = discrimination[item * dims + j];
    mean[dims] = intercept[item * steps];
    return logitMoments(
      { mean, covariance: covariance.subarray(item * width * width, (item + 1) * width * width), width },
      {
        mean: abilities.ability.subarray(subject * dims, (subject + 1) * dims),
        covariance: abilities.covariance.subarray(subject * dims * dims, (subject + 1) * dims * dims),
      },
    );
  };
}

/** How well a bank foretells responses. */
export interface Foresight extends ProbabilityScores {
  /** Responses of subjects or items that the bank does not know; they are not counted. */
  readonly unknown: number;
}

export function predictBank(bank: ItemBank, responses: ResponseMatrix): Foresight {
  const itemAt = new Map(bank.items.map((name, i) => [name, i]));
  const subjectAt = new Map(bank.subjects.map((name, s) => [name, s]));
  const { categories = 2 } = bank.parameters;
  const predict = predictor(bank);
  const [p, y]: [number[], number[]] = [[], []];
  let unknown = 0;
  const logLikelihoods = foretell(bank, responses, {
    subjects: responses.subjects.map((name) => subjectAt.get(name)),
    items: responses.items.map((name) => itemAt.get(name)),
    visit(subject, item, score) {
      if (subject === undefined || item === undefined) {
        unknown++;
        return;
      }
      p.push(predict(subject, item));
      y.push(score / (categories - 1));
    },
  });
  const sum = logLikelihoods.reduce((total, value) => total + value, 0);
  return { ...scoreProbabilities(p, y), logLikelihood: sum / p.length, unknown };
}

/** Log-likelihood of every observed response whose subject and item are known, in the matrix's order. */
export function foretell(
  posterior: Posterior,
  responses: ResponseMatrix,
  options: {
    /** Index in the posterior of each subject and item of the matrix; absent: the same. */
    readonly subjects?: readonly (number | undefined)[];
    readonly items?: readonly (number | undefined)[];
    readonly visit?: (subject: number | undefined, item: number | undefined, score: number) => void;
  } = {},
): Float64Array {
  const { categories = 2 } = posterior.parameters;
  const distribution = categories > 2 ? scoreDistribution(posterior) : undefined;
  const predict = predictor(posterior);
  const out: number[] = [];
  responses.subjects.forEach((_, s) => {
    const subject = options.subjects ? options.subjects[s] : s;
    responses.items.forEach((_, i) => {
      const cell = s * responses.items.length + i;
      if (!responses.observed[cell]) return;
      const item = options.items ? options.items[i] : i;
      const score = responses.scores[cell];
      options.visit?.(subject, item, score);
      if (subject === undefined || item === undefined) return;
      if (distribution) out.push(Math.log(distribution(subject, item)[score]));
      else {
        const p = predict(subject, item);
        out.push((score > 0 ? score * Math.log(p) : 0) + (score < 1 ? (1 - score) * Math.log1p(-p) : 0));
      }
    });
  });
  return Float64Array.from(out);
}
