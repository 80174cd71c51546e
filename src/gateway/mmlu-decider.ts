import { readFileSync } from "node:fs";
import { seededRandom } from "../numerics/index.ts";
import { lexicalFeatures, type MmluPack, readMmluPack } from "../questions/index.ts";
import { type DecisionRules, decide, needsCosts } from "../routing/index.ts";
import { ApiError } from "./api-error.ts";
import type { GatewayConfig } from "./config.ts";
import { type Decider, decideBy } from "./decide.ts";
import { costForecast } from "./expected-costs.ts";
import { linearPrediction } from "./linear-prediction.ts";
import { allowedModels, namedPolicies, policyOf } from "./policies.ts";
import { stayed } from "./staying.ts";

/** The ridge penalty with the best leave-one-out Brier score on the training questions, of 3, 10, 20, 30, 50 and more. */
const penalty = 10;
/** With so weak a signal `quality` leaves the best single model only for a lead of more than so many standard errors. */
const sure = 1.64;

/** Reads the MMLU responses that come with Tripos. */
export function embeddedMmlu(): MmluPack {
  return readMmluPack(readFileSync(new URL("../../data/mmlu.pack", import.meta.url)), "data/mmlu.pack");
}

/**
 * Decides from who was right on the MMLU training questions: P is linear in the question's lexical features
 * ({@link linearPrediction}), and {@link decide} does the rest. On the 4,213 test questions its Brier score is .218
 * (.239 for each model's mean, .230 for the 50 nearest questions).
 */
export function mmluDecider(
  { responses, training, features, lexical }: MmluPack,
  config: GatewayConfig,
): Decider {
  const { subjects, items, scores } = responses;
  const { dims, values } = features;
  const read = lexicalFeatures(lexical);
  const models = config.models.map(({ name }) => name).filter((name) => subjects.includes(name));
  const rows = models.map((model) => subjects.indexOf(model) * items.length);
  const { means, centre, predict } = linearPrediction(
    {
      features: values.subarray(0, training * dims),
      dims,
      questions: training,
      models: models.length,
      right: (m, q) => scores[rows[m] + q],
    },
    penalty,
    sure,
  );
  const rules: DecisionRules = {
    models,
    newcomers: [],
    gate: { margin: 0, gain: 0, standardError: 0 },
  };
  const policies = namedPolicies(config);
  const random = seededRandom(0);
  const forecast = costForecast(config);
  /** Index of the best single model among some. */
  const best = (among: readonly string[]) =>
    among.map((model) => models.indexOf(model)).reduce((a, b) => (means[b] > means[a] ? b : a));

  return {
    name: "the MMLU responses that come with Tripos",
    models,
    baseline: models.length === 0 ? undefined : models[best(models)],
    policies: [...policies.keys()],
    decide(question) {
      const { text } = question;
      const policy = policyOf(policies, question);
      const costs = forecast(text);
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
      const prediction = predict(text.trim() === "" ? centre : read([text]).values, best(allowed));
      const free = decideBy(policy, (by) =>
        decide(rules, prediction, { text, policy: by, allowed, costs, random }),
      );
      return stayed(free, policy, question);
    },
  };
}
