import { readFileSync } from "node:fs";
import { seededRandom } from "../numerics/index.ts";
import { lexicalFeatures, type MmluPack, neighbourIndex, readMmluPack } from "../questions/index.ts";
import { type DecisionRules, decide, needsCosts, type Prediction } from "../routing/index.ts";
import { ApiError } from "./api-error.ts";
import type { GatewayConfig } from "./config.ts";
import { chosenFirst, type Decider } from "./decide.ts";
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
  function foreseen(neighbours: ArrayLike<number>, home: number): Prediction {
    const right = rows.map((row) => Array.from(neighbours, (i) => scores[row + i]));
    const p = Float64Array.from(right, (own, m) => shrunk(mean(own), means[m]));
    const half = p.map((each) => 1.96 * Math.sqrt((each * (1 - each)) / (weight + 1)));
    const score = Float64Array.from(right, (own, m) => {
      const leads = own.map((value, j) => value - right[home][j]);
      const error = Math.sqrt(mean(leads.map((lead) => lead ** 2)) / weight);
      return shrunk(mean(leads), means[m] - means[home]) - 1.64 * error;
    });
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
      const decision = decide(rules, prediction, { text, policy, allowed, costs, random });
      return chosenFirst(decision);
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
