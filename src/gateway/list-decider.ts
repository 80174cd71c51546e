import { ApiError } from "./api-error.ts";
import type { Decider } from "./decide.ts";

/**
 * Decides without a router: the models in the order of the configuration, the first one first. Nothing is known of
 * P, so it is NaN.
 */
export function listDecider(models: readonly string[]): Decider {
  return {
    name: "the order of the configuration",
    models,
    policies: [],
    decide({ allowed, policy }) {
      if (policy !== undefined)
        throw new ApiError(400, "Policies need a router; this gateway has none.", {
          param: "policy",
          code: "unknown_policy",
        });
      const candidates = models
        .filter((model) => !allowed || allowed.includes(model))
        .map((model) => ({ model, p: Number.NaN, interval: [Number.NaN, Number.NaN] as const, cost: 0 }));
      if (candidates.length === 0)
        throw new ApiError(400, "None of the models asked for is configured.", { code: "no_model_allowed" });
      return { ...candidates[0], candidates, rule: "the first model of the configuration" };
    },
  };
}
