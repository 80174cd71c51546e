import type { ItemBank } from "../bank/index.ts";
import { InputError } from "../input-error.ts";
import {
  estimateAbility,
  type ItemParameters,
  type LatentNormal,
  type SubjectAbility,
  standardNormal,
} from "../irt/index.ts";
import { cholesky, seededNormal, seededRandom } from "../numerics/index.ts";
import { type ResponseMatrix, selectSubjects } from "../responses/index.ts";
import { probabilities } from "./pirt.ts";
import { type Scenario, scenarioScores, scenariosOf } from "./scenarios.ts";

/** The subjects that a bank knows, as estimators learn from them. */
export interface Pool {
  readonly responses: ResponseMatrix;
  readonly parameters: ItemParameters;
  /** Distribution of ability on the scale of `parameters`: the prior of every subject. */
  readonly latent: LatentNormal;
  readonly scenarios: readonly Scenario[];
  /** S × I scores, each missing one drawn from the model (see {@link poolOf}). */
  readonly filled: Float64Array;
  /** S × K scores of every scenario. */
  readonly truth: Float64Array;
  /**
   * The subjects whose scores are known well enough to measure errors by: those with at most a twentieth missing where
   * there are `fewestTested` of them, else all.
   */
  readonly tested: Uint32Array;
  /** Mean share of the tested subjects' responses that are drawn rather than observed. */
  readonly drawn: number;
}

const fewestTested = 15;

/**
 * Prepares a pool: fills missing responses and computes the true scores. A missing response is drawn from its posterior
 * predictive distribution (Rubin 1987, chapter 5): an ability from the subject's posterior, then right or wrong. Its
 * expectation in the place of a draw would make the subjects easier to foretell than any real one is.
 *
 * @param latent prior of an ability; default N(0, I). @param seed of the draws
 */
export function poolOf(
  responses: ResponseMatrix,
  parameters: ItemParameters,
  scenarios: readonly Scenario[],
  latent = standardNormal(parameters.dims),
  seed = 1,
): Pool {
  const filled = responses.scores.slice();
  const width = responses.items.length;
  const random = seededRandom(seed);
  const normal = seededNormal(random);
  // Scores between wrong and right are means of many answers, which vary less than one does.
  const fractional = filled.some((score, cell) => responses.observed[cell] && score > 0 && score < 1);
  for (let s = 0; s < responses.subjects.length; s++) {
    const row = s * width;
    const known: number[] = [];
    for (let i = 0; i < width; i++) if (responses.observed[row + i]) known.push(i);
    if (known.length === width) continue;
    const scores = known.map((i) => responses.scores[row + i]);
    const posterior = estimateAbility(parameters, { items: known, scores }, latent);
    const expected = probabilities(parameters, drawnAbility(posterior, normal));
    for (let i = 0; i < width; i++)
      if (!responses.observed[row + i])
        filled[row + i] = fractional ? expected[i] : Number(random() < expected[i]);
  }
  return {
    responses,
    parameters,
    latent,
    scenarios,
    filled,
    truth: scenarioScores({ ...responses, scores: filled }, scenarios, filled),
    ...testedSubjects(responses),
  };
}

function drawnAbility({ ability, covariance }: SubjectAbility, normal: () => number): Float64Array {
  const dims = ability.length;
  const factor = Float64Array.from(covariance);
  const z = Float64Array.from({ length: dims }, normal);
  if (!cholesky(factor, dims)) return ability;
  return ability.map((mean, j) => {
    let sum = mean;
    for (let l = 0; l <= j; l++) sum += factor[j * dims + l] * z[l];
    return sum;
  });
}

function testedSubjects({ subjects, items, observed }: ResponseMatrix): Pick<Pool, "tested" | "drawn"> {
  const shares = Float64Array.from(subjects, (_, s) => {
    let count = 0;
    for (let i = 0; i < items.length; i++) count += observed[s * items.length + i];
    return count / items.length;
  });
  const all = Uint32Array.from(subjects.keys());
  const nearlyAll = all.filter((s) => shares[s] >= 0.95);
  const tested = nearlyAll.length >= fewestTested ? nearlyAll : all;
  const known = tested.reduce((sum, s) => sum + shares[s], 0);
  return { tested, drawn: 1 - known / Math.max(1, tested.length) };
}

/**
 * The pool of some of its subjects.
 * @param parameters calibrated on these subjects alone, whose abilities are then N(0, I); absent: the pool's, as they are
 */
export function subPool(pool: Pool, subjects: ArrayLike<number>, parameters?: ItemParameters): Pool {
  const rows = <A extends Float64Array>(values: A, width: number) => {
    const out = new Float64Array(subjects.length * width);
    for (let r = 0; r < subjects.length; r++)
      out.set(values.subarray(subjects[r] * width, (subjects[r] + 1) * width), r * width);
    return out;
  };
  const responses = selectSubjects(pool.responses, subjects);
  return {
    responses,
    parameters: parameters ?? pool.parameters,
    latent: parameters ? standardNormal(parameters.dims) : pool.latent,
    scenarios: pool.scenarios,
    filled: rows(pool.filled, pool.responses.items.length),
    truth: rows(pool.truth, pool.scenarios.length),
    ...testedSubjects(responses),
  };
}

/** The range of a scenario's scores over the pool's subjects. */
export function scoreRange({ truth, scenarios }: Pool, t: number): { least: number; most: number } {
  let [least, most] = [1, 0];
  for (let p = t; p < truth.length; p += scenarios.length) {
    least = Math.min(least, truth[p]);
    most = Math.max(most, truth[p]);
  }
  return { least, most };
}

/** S × n answers of the pool to some items. */
export function answersTo({ filled, responses }: Pool, items: ArrayLike<number>): Float64Array {
  const width = responses.items.length;
  const out = new Float64Array(responses.subjects.length * items.length);
  for (let s = 0, o = 0; s < responses.subjects.length; s++)
    for (let j = 0; j < items.length; j++, o++) out[o] = filled[s * width + items[j]];
  return out;
}

/**
 * The pool of a bank: the subjects that it was calibrated on.
 * @param source name of the bank, for messages
 * @throws InputError for a bank without responses, or of an ordered model
 */
export function poolOfBank(bank: ItemBank, source: string): Pool {
  const { responses, parameters } = bank;
  if (parameters.family === "graded" || parameters.family === "gpcm")
    throw new InputError("exams are made from models of right and wrong answers", {
      source,
      found: parameters.family,
      expected: "rasch, 1pl, 2pl, 3pl or 4pl",
    });
  if (!responses)
    throw new InputError("the bank was saved without its responses, from which exams are made", {
      source,
      hint: "Calibrate again with the responses kept.",
    });
  const labelled = {
    ...responses,
    ...(bank.scenarios && { scenarios: bank.scenarios }),
    ...(bank.subscenarios && { subscenarios: bank.subscenarios }),
  };
  return poolOf(labelled, parameters, scenariosOf(labelled), bank.latent);
}
