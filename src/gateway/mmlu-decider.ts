import { readFileSync } from "node:fs";
import { lexicalFeatures, type MmluPack, neighbourIndex, readMmluPack } from "../questions/index.ts";
import { needsCosts } from "../routing/index.ts";
import { ApiError } from "./api-error.ts";
import type { GatewayConfig } from "./config.ts";
import type { Candidate, Decider } from "./decide.ts";
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
 * model's mean. With so weak a signal it leaves the best single model only for a gain that is beyond its error.
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
  const row = new Map(subjects.map((subject, s) => [subject, s * items.length]));
  const means = new Map(
    subjects.map((subject, s) => {
      const own = scores.subarray(s * items.length, s * items.length + training);
      return [subject, own.reduce((sum, score) => sum + score, 0) / training];
    }),
  );
  const weight = neighbours + shrinkage;
  const policies = namedPolicies(config);
  const best = (among: readonly string[]) => among.toSorted((a, b) => means.get(b)! - means.get(a)!)[0];

  /** Whether `a` beats `b` on questions like this by more than 1.64 standard errors of the paired difference. */
  function beats(a: string, b: string, indices: ArrayLike<number>): boolean {
    let sum = shrinkage * (means.get(a)! - means.get(b)!);
    let squares = 0;
    for (let j = 0; j < neighbours; j++) {
      const difference = scores[row.get(a)! + indices[j]] - scores[row.get(b)! + indices[j]];
      sum += difference;
      squares += difference ** 2;
    }
    return sum / weight > 1.64 * Math.sqrt(squares / neighbours / weight);
  }

  return {
    name: "the MMLU responses that come with Tripos",
    models,
    baseline: best(models),
    policies: [...policies.keys()],
    decide(question) {
      const policy = policyOf(policies, question);
      const costs = expectedCosts(config, question.text);
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
      const { indices } = index.nearest(read([question.text]).values, neighbours);
      const candidates: Candidate[] = allowed.map((model) => {
        let right = 0;
        for (let j = 0; j < neighbours; j++) right += scores[row.get(model)! + indices[j]];
        const p = (right + shrinkage * means.get(model)!) / weight;
        const half = 1.96 * Math.sqrt((p * (1 - p)) / (weight + 1));
        return {
          model,
          p,
          interval: [Math.max(0, p - half), Math.min(1, p + half)],
          cost: costs[model] ?? null,
        };
      });
      const byP = candidates.toSorted((a, b) => b.p - a.p);
      // Policies that weigh costs see only candidates whose cost is known.
      const costOf = ({ cost }: Candidate) => cost ?? Number.POSITIVE_INFINITY;
      const byCost = candidates.toSorted((a, b) => costOf(a) - costOf(b) || b.p - a.p);
      const say = ({ model, p }: Candidate) => `${model} (P ${p.toFixed(3)})`;
      const chosen = (choice: Candidate, order: readonly Candidate[], rule: string) => ({
        ...choice,
        candidates: [choice, ...order.filter((each) => each !== choice)],
        rule,
      });
      switch (policy.kind) {
        case "quality": {
          const home = candidates.find(({ model }) => model === best(allowed))!;
          const leave = byP[0] !== home && beats(byP[0].model, home.model, indices);
          if (leave)
            return chosen(
              byP[0],
              byP,
              `quality: ${say(byP[0])} beats ${say(home)}, the best single model, beyond the error`,
            );
          return chosen(
            home,
            byP,
            `quality: ${say(home)} is the best single model, and none is better here beyond the error`,
          );
        }
        case "cheapest": {
          const enough = byCost.find(({ p }) => p >= policy.atLeast);
          if (enough)
            return chosen(enough, byP, `cheapest: ${say(enough)} is the cheapest with P ≥ ${policy.atLeast}`);
          return chosen(
            byP[0],
            byP,
            `cheapest: none reaches P ${policy.atLeast}, so the highest P: ${say(byP[0])}`,
          );
        }
        case "budget": {
          const within = byP.find((each) => costOf(each) <= policy.perQuestion) ?? byCost[0];
          return chosen(
            within,
            byP,
            `budget: ${say(within)} has the highest P within $${policy.perQuestion}`,
          );
        }
        case "utility": {
          const order = candidates.toSorted(
            (a, b) => b.p - policy.lambda * costOf(b) - (a.p - policy.lambda * costOf(a)),
          );
          return chosen(
            order[0],
            order,
            `utility: ${say(order[0])} has the highest P − ${policy.lambda} · cost`,
          );
        }
        default:
          throw new ApiError(400, `The policy ${policy.kind} needs a trained router (tripos train).`, {
            code: "unknown_policy",
          });
      }
    },
  };
}
