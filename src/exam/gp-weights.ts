import { calibrateVariational, estimateAbility } from "../irt/index.ts";
import { probabilities } from "./pirt.ts";
import { type Pool, subPool } from "./pool.ts";
import { gpIrtWeight } from "./tinybenchmarks.ts";

/**
 * gp-IRT's λ of every scenario as tinyBenchmarks' training notebook finds it: every fifth subject is held out, its
 * ability estimated on every other item, its score on the rest foretold; b is the mean absolute error, v the mean
 * variance of the subjects' scores in the scenario.
 *
 * @param anchors number of questions.
 */
export function gpIrtWeights(pool: Pool, anchors: number): Float64Array {
  const { responses, scenarios, complete } = pool;
  const n = responses.items.length;
  const all = responses.subjects.map((_, s) => s);
  const held = all.filter((s) => s % 5 === 0);
  const rest = all.filter((s) => s % 5 !== 0);
  if (rest.length < 2) return new Float64Array(scenarios.length).fill(0.5);
  // A fifth of many subjects changes the parameters little; of few, it must not have seen them.
  const dims = Math.max(1, Math.min(pool.parameters.dims, rest.length - 1));
  const parameters =
    rest.length * n > 1e6
      ? pool.parameters
      : calibrateVariational(subPool(pool, rest).responses, { dims }).items;
  const even = Array.from({ length: Math.ceil(n / 2) }, (_, i) => 2 * i);
  const predicted = held.map((s) => {
    const scores = even.map((i) => complete[s * n + i]);
    return probabilities(parameters, estimateAbility(parameters, { items: even, scores }).ability);
  });
  return Float64Array.from(scenarios, ({ items, weights }) => {
    let error = 0;
    held.forEach((s, h) => {
      let mass = 0;
      let difference = 0;
      items.forEach((i, j) => {
        if (i % 2 === 0) return;
        mass += weights[j];
        difference += weights[j] * (predicted[h][i] - complete[s * n + i]);
      });
      error += mass > 0 ? Math.abs(difference / mass) / held.length : 0;
    });
    let variance = 0;
    for (const s of all) {
      let mean = 0;
      for (const i of items) mean += complete[s * n + i] / items.length;
      for (const i of items) variance += (complete[s * n + i] - mean) ** 2 / items.length / all.length;
    }
    return gpIrtWeight(error, variance, anchors);
  });
}
