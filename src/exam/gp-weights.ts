import { InputError } from "../input-error.ts";
import { calibrateVariational, estimateAbility } from "../irt/index.ts";
import type { ResponseMatrix } from "../responses/index.ts";
import { probabilities } from "./pirt.ts";
import { type Pool, poolOf, subPool } from "./pool.ts";
import { scenariosOf } from "./scenarios.ts";
import { gpIrtWeight } from "./tinybenchmarks.ts";

/**
 * gp-IRT's λ of every scenario as tinyBenchmarks' training notebook finds it: b is the error of {@link validationErrors}, v
 * the mean variance of the subjects' scores in the scenario.
 *
 * @param anchors number of questions.
 */
export function gpIrtWeights(pool: Pool, anchors: number): Float64Array {
  const { responses, scenarios, filled } = pool;
  const n = responses.items.length;
  const s = responses.subjects.length;
  if (s < 3) return new Float64Array(scenarios.length).fill(0.5);
  const errors = validationErrors(pool);
  return Float64Array.from(scenarios, ({ items }, t) => {
    let variance = 0;
    for (let r = 0; r < s; r++) {
      let mean = 0;
      for (const i of items) mean += filled[r * n + i] / items.length;
      for (const i of items) variance += (filled[r * n + i] - mean) ** 2 / items.length / s;
    }
    return gpIrtWeight(errors[t], variance, anchors);
  });
}

/**
 * tinyBenchmarks' validation of a model: every fifth subject is held out, its ability estimated on every other item and
 * its score on the rest foretold; the mean absolute error in each scenario.
 *
 * @param dims number of dimensions to calibrate without the held-out subjects; absent: the pool's, or, for pools of more
 *   than a million responses, the pool's parameters as they are.
 */
export function validationErrors(pool: Pool, dims?: number): Float64Array {
  const { responses, scenarios, filled } = pool;
  const n = responses.items.length;
  const all = responses.subjects.map((_, s) => s);
  const held = all.filter((s) => s % 5 === 0);
  const rest = all.filter((s) => s % 5 !== 0);
  const size = Math.max(1, Math.min(dims ?? pool.parameters.dims, rest.length - 1));
  // A fifth of many subjects changes the parameters little; of few, it must not have seen them.
  const kept = dims === undefined && rest.length * n > 1e6;
  const fresh = kept ? undefined : calibrateVariational(subPool(pool, rest).responses, { dims: size }).items;
  const { parameters, latent } = subPool(pool, rest, fresh);
  const even = Array.from({ length: Math.ceil(n / 2) }, (_, i) => 2 * i);
  const predicted = held.map((s) => {
    const scores = even.map((i) => filled[s * n + i]);
    return probabilities(parameters, estimateAbility(parameters, { items: even, scores }, latent).ability);
  });
  return Float64Array.from(scenarios, ({ items, weights }) => {
    let error = 0;
    held.forEach((s, h) => {
      let mass = 0;
      let difference = 0;
      items.forEach((i, j) => {
        if (i % 2 === 0) return;
        mass += weights[j];
        difference += weights[j] * (predicted[h][i] - filled[s * n + i]);
      });
      error += mass > 0 ? Math.abs(difference / mass) / held.length : 0;
    });
    return error;
  });
}

/**
 * The number of dimensions among `candidates` with the least mean error of {@link validationErrors}, as tinyBenchmarks
 * chooses it, with the error of each.
 * @param responses right or wrong; those missing are completed by a model of one dimension
 * @param candidates tinyBenchmarks' 2, 5, 10 and 15 unless told, those that leave the remaining subjects some room
 * @throws InputError for fewer than five subjects, of whom every fifth is held out
 */
export function dimensionsByValidation(
  responses: ResponseMatrix,
  candidates: readonly number[] = [2, 5, 10, 15].filter(
    (dims) => dims === 2 || dims < 0.8 * responses.subjects.length - 1,
  ),
): { readonly dims: number; readonly candidates: readonly number[]; readonly errors: readonly number[] } {
  if (responses.subjects.length < 5)
    throw new InputError("too few subjects to hold some out", {
      found: String(responses.subjects.length),
      expected: "at least 5",
    });
  const { items } = calibrateVariational(responses, { dims: 1, standardErrors: "conditional" });
  const pool = poolOf(responses, items, scenariosOf(responses));
  const errors = candidates.map((dims) => {
    const ofScenarios = validationErrors(pool, dims);
    return ofScenarios.reduce((a, b) => a + b, 0) / ofScenarios.length;
  });
  return { dims: candidates[errors.indexOf(Math.min(...errors))], candidates, errors };
}
