import type { ItemBank } from "../bank/index.ts";
import { InputError, show } from "../input-error.ts";
import { cholesky, invertCholesky } from "../numerics/index.ts";
import type { ResponseMatrix } from "../responses/index.ts";
import { predict } from "./predict.ts";
import type { Router } from "./router.ts";

/**
 * A model that joined after training: its reward as an offset and a weighted mean of the trained models' rewards,
 * learnt from its answers to a few questions.
 */
export interface Newcomer {
  readonly model: string;
  readonly offset: number;
  /** One for each trained model. */
  readonly weights: Float64Array;
  /** Variance of its expected reward that comes from knowing it by few answers. */
  readonly variance: number;
  /** Number of answers that it was learnt from. */
  readonly answers: number;
}

/** Expected reward from those of the trained models (the first ones of `rewards`). */
export function newcomerReward({ offset, weights }: Newcomer, rewards: ArrayLike<number>): number {
  let sum = offset;
  for (let m = 0; m < weights.length; m++) sum += weights[m] * rewards[m];
  return sum;
}

/** Prior standard deviations: of the weights around equal ones, and of the offset. */
const weightSpread = 0.15;
const offsetSpread = 0.2;

/**
 * Adds a model without training again, from its answers to some questions (about 100 anchors): a Bayesian linear
 * regression of its rewards on those of the trained models to the same questions, drawn towards their plain mean.
 * Where a trained model's answer is missing in the matrix, that to the same text in the bank stands in, or its predicted
 * reward.
 *
 * @param matrix holds the new model's answers, with texts, and those of the trained models where known
 * @throws InputError when the model is in the router already, or nothing of it was observed
 */
export function addModel(
  router: Router,
  matrix: ResponseMatrix,
  model: string,
  bank?: Pick<ItemBank, "responses">,
): Router {
  const remembered = answersByText(bank?.responses, router.models);
  const s = matrix.subjects.indexOf(model);
  if (router.models.includes(model))
    throw new InputError("the router knows this model already", { source: "new model", found: show(model) });
  const width = matrix.items.length;
  const answered = Array.from({ length: width }, (_, i) => i).filter(
    (i) => s >= 0 && matrix.observed[s * width + i],
  );
  if (answered.length === 0)
    throw new InputError("there are no answers of this model", {
      source: "new model",
      found: show(model),
      expected: "answers to about 100 questions",
    });
  const known = router.models.map((name) => matrix.subjects.indexOf(name));
  const size = router.models.length + 1;
  const prior = 1 / router.models.length;
  const noise = 0.2;
  const a = new Float64Array(size * size);
  const b = new Float64Array(size);
  for (let k = 0; k < size; k++) a[k * size + k] = 1 / (k + 1 < size ? weightSpread : offsetSpread) ** 2;
  const x = new Float64Array(size);
  const mean = new Float64Array(size);
  for (const i of answered) {
    const text = matrix.texts?.[i] ?? "";
    const before = remembered.get(text);
    const missing = known.some(
      (r, m) => (r < 0 || !matrix.observed[r * width + i]) && !Number.isFinite(before?.[m]),
    );
    const guess = missing ? predict(router, text).p : undefined;
    let residual = matrix.scores[s * width + i];
    known.forEach((r, m) => {
      const seen = r >= 0 && matrix.observed[r * width + i];
      const past = before?.[m] ?? Number.NaN;
      x[m] = seen
        ? matrix.scores[r * width + i]
        : Number.isFinite(past)
          ? past
          : (guess?.[m] ?? router.rewards[m]);
      residual -= prior * x[m];
    });
    x[size - 1] = 1;
    for (let k = 0; k < size; k++) {
      mean[k] += x[k] / answered.length;
      b[k] += (residual * x[k]) / noise;
      for (let l = 0; l < size; l++) a[k * size + l] += (x[k] * x[l]) / noise;
    }
  }
  if (!cholesky(a, size)) throw new Error("the newcomer's posterior precision is not positive definite");
  const covariance = invertCholesky(a, size);
  const theta = new Float64Array(size);
  let variance = 0;
  for (let k = 0; k < size; k++)
    for (let l = 0; l < size; l++) {
      theta[k] += covariance[k * size + l] * b[l];
      variance += mean[k] * mean[l] * covariance[k * size + l];
    }
  const newcomer: Newcomer = {
    model,
    offset: theta[size - 1],
    weights: theta.slice(0, size - 1).map((w) => w + prior),
    variance,
    answers: answered.length,
  };
  return { ...router, newcomers: [...router.newcomers.filter((other) => other.model !== model), newcomer] };
}

/** Each text's answers of some models, NaN where there is none. */
function answersByText(
  responses: ResponseMatrix | undefined,
  models: readonly string[],
): Map<string, Float64Array> {
  if (!responses) return new Map();
  const { subjects, items, texts, scores, observed } = responses;
  const n = items.length;
  const rows = models.map((model) => subjects.indexOf(model));
  return new Map(
    (texts ?? []).map((text, i) => [
      text,
      Float64Array.from(rows, (r) => (r >= 0 && observed[r * n + i] ? scores[r * n + i] : Number.NaN)),
    ]),
  );
}
