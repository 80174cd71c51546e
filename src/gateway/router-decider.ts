import { InputError } from "../input-error.ts";
import { seededRandom } from "../numerics/index.ts";
import { decide, modelNames, predict, type Router } from "../routing/index.ts";
import type { GatewayConfig } from "./config.ts";
import type { Decider } from "./decide.ts";
import { expectedCosts } from "./expected-costs.ts";
import { allowedModels, asApiError, namedPolicies, policyOf } from "./policies.ts";

/**
 * Decides by a trained router.
 *
 * @throws InputError when the router knows none of the configuration's models
 */
export function routerDecider(router: Router, config: GatewayConfig, name: string): Decider {
  const known = modelNames(router);
  const models = config.models.map((each) => each.name).filter((model) => known.includes(model));
  if (models.length === 0)
    throw new InputError("the router knows none of the configured models", {
      source: name,
      found: config.models.map((each) => each.name).join(", "),
      expected: known.join(", "),
    });
  const policies = namedPolicies(config);
  const random = seededRandom(router.provenance.seed);
  const baseline = models
    .filter((model) => router.models.includes(model))
    .toSorted(
      (a, b) => router.rewards[router.models.indexOf(b)] - router.rewards[router.models.indexOf(a)],
    )[0];
  return {
    name,
    models,
    baseline,
    policies: [...policies.keys()],
    decide(question) {
      const policy = policyOf(policies, question);
      const { text } = question;
      const prices = expectedCosts(config, text);
      try {
        const foreseen = predict(router, text);
        // The router's own estimates stand in where the configuration has no price.
        const { candidates: all } = decide(router, foreseen, { text, allowed: models, costs: prices });
        const costs = Object.fromEntries(
          all.flatMap(({ model, cost }) => (cost === undefined ? [] : [[model, cost]])),
        );
        const allowed = allowedModels(models, question, costs);
        const decision = decide(router, foreseen, { text, policy, allowed, costs, random });
        const candidates = decision.candidates.map(({ cost = null, ...each }) => ({ ...each, cost }));
        const chosen = candidates.find(({ model }) => model === decision.model)!;
        return {
          ...chosen,
          candidates: [chosen, ...candidates.filter((each) => each !== chosen)],
          rule: decision.rule,
        };
      } catch (error) {
        throw asApiError(error);
      }
    },
  };
}
