import type { ItemBank } from "../bank/index.ts";
import { InputError } from "../input-error.ts";
import { estimateAbility, type ItemParameters, type LatentNormal, standardNormal } from "../irt/index.ts";
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
  /** S × I scores, each missing one replaced by its expectation at the subject's ability. */
  readonly complete: Float64Array;
  /** S × K scores of every scenario. */
  readonly truth: Float64Array;
}

/**
 * Prepares a pool: completes missing responses and computes the true scores.
 * @param latent prior of an ability; default N(0, I)
 */
export function poolOf(
  responses: ResponseMatrix,
  parameters: ItemParameters,
  scenarios: readonly Scenario[],
  latent = standardNormal(parameters.dims),
): Pool {
  const complete = responses.scores.slice();
  const width = responses.items.length;
  for (let s = 0; s < responses.subjects.length; s++) {
    const row = s * width;
    const known: number[] = [];
    for (let i = 0; i < width; i++) if (responses.observed[row + i]) known.push(i);
    if (known.length === width) continue;
    const scores = known.map((i) => responses.scores[row + i]);
    const { ability } = estimateAbility(parameters, { items: known, scores }, latent);
    const expected = probabilities(parameters, ability);
    for (let i = 0; i < width; i++) if (!responses.observed[row + i]) complete[row + i] = expected[i];
  }
  return {
    responses,
    parameters,
    latent,
    scenarios,
    complete,
    truth: scenarioScores({ ...responses, scores: complete }, scenarios, complete),
  };
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
  return {
    responses: selectSubjects(pool.responses, subjects),
    parameters: parameters ?? pool.parameters,
    latent: parameters ? standardNormal(parameters.dims) : pool.latent,
    scenarios: pool.scenarios,
    complete: rows(pool.complete, pool.responses.items.length),
    truth: rows(pool.truth, pool.scenarios.length),
  };
}

/** S × n answers of the pool to some items. */
export function answersTo({ complete, responses }: Pool, items: ArrayLike<number>): Float64Array {
  const width = responses.items.length;
  const out = new Float64Array(responses.subjects.length * items.length);
  for (let s = 0, o = 0; s < responses.subjects.length; s++)
    for (let j = 0; j < items.length; j++, o++) out[o] = complete[s * width + items[j]];
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
