import { readFileSync } from "node:fs";
import { seededRandom } from "../numerics/index.ts";
import { lexicalFeatures, type MmluPack, neighbourIndex, readMmluPack } from "../questions/index.ts";
import { type DecisionRules, decide, needsCosts, type Prediction } from "../routing/index.ts";
import { ApiError } from "./api-error.ts";
import type { GatewayConfig } from "./config.ts";
import { type Decider, decideBy } from "./decide.ts";
import { expectedCosts } from "./expected-costs.ts";
import { allowedModels, namedPolicies, policyOf } from "./policies.ts";

/** Neighbours, and the weight of a model's mean beside them: the best leave-one-out Brier score on the training questions. */
const neighbours = 50;
const shrinkage = 200;

/** Reads the MMLU responses that come with Tripos. */
export function embeddedMmlu(): MmluPack {
  return readMmluPack(readFileSync(new URL("../../data/mmlu.pack", import.meta.url)), "data/mmlu.pack");
}

/**
 * Decides from who was right on the 50 most similar MMLU training questions: P is their share right, shrunk to the
 * model's mean, and {@link decide} does the rest. With so weak a signal `quality` leaves the best single model only for
 * a lead of more than 1.64 standard errors.
 */
export function mmluDecider(
  { responses, training, features, lexical }: MmluPack,
  config: GatewayConfig,
): Decider {
  const { subjects, items, scores } = responses;
  const { source, dims } = features;
  const index = neighbourIndex({ source, dims, values: features.values.subarray(0, training * dims) });
  const read = lexicalFeatures(lexical);
  const models = config.models.map(({ name }) => name).filter((name) => subjects.includes(name));
  const rows = models.map((model) => subjects.indexOf(model) * items.length);
  const means = Float64Array.from(rows, (row) => mean(scores.subarray(row, row + training)));
  const rules: DecisionRules = {
    models,
    newcomers: [],
    gate: { margin: 0, gain: 0, standardError: 0 },
  };
  const policies = namedPolicies(config);
  const random = seededRandom(0);
  const best = (among: readonly string[]) =>
    among.toSorted((a, b) => means[models.indexOf(b)] - means[models.indexOf(a)])[0];

  /** What the neighbours say; `home` is the best single model that may answer. */
  function foreseen(near: ArrayLike<number>, home: number): Prediction {
    const p = new Float64Array(rows.length);
    const score = new Float64Array(rows.length);
    for (let m = 0; m < rows.length; m++) {
      let right = 0;
      let lead = 0;
      let squares = 0;
      for (let j = 0; j < near.length; j++) {
        const own = scores[rows[m] + near[j]];
        const difference = own - scores[rows[home] + near[j]];
        right += own;
        lead += difference;
        squares += difference * difference;
      }
      const error = Math.sqrt(squares / near.length / weight);
      p[m] = shrunk(right / near.length, means[m]);
      score[m] = shrunk(lead / near.length, means[m] - means[home]) - 1.64 * error;
    }
    const half = p.map((each) => 1.96 * Math.sqrt((each * (1 - each)) / (weight + 1)));
    return {
      p,
      low: p.map((each, m) => Math.max(0, each - half[m])),
      high: p.map((each, m) => Math.min(1, each + half[m])),
      gain: { score, home: means },
      novelty: 0,
    };
  }

  return {
    name: "the MMLU responses that come with Tripos",
    models,
    baseline: best(models),
    policies: [...policies.keys()],
    decide(question) {
      const { text } = question;
      const policy = policyOf(policies, question);
      const costs = expectedCosts(config, text);
      const permitted = allowedModels(models, question, costs);
      const allowed = needsCosts(policy)
        ? permitted.filter((model) => Object.hasOwn(costs, model))
        : permitted;
      if (allowed.length === 0)
        throw new ApiError(
          400,
          `The policy ${policy.kind} weighs costs, and no allowed model's price is known.`,
          { param: "model", code: "price_unknown" },
        );
      const { indices } = index.nearest(read([text]).values, neighbours);
      const prediction = foreseen(indices, models.indexOf(best(allowed)));
      return decideBy(policy, (by) =>
        decide(rules, prediction, { text, policy: by, allowed, costs, random }),
      );
    },
  };
}

const weight = neighbours + shrinkage;

/** A mean over the neighbours, drawn to one over all questions. */
const shrunk = (near: number, overall: number): number => (neighbours * near + shrinkage * overall) / weight;

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}
