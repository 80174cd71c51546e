import { ApiError } from "./api-error.ts";
import type { Decider } from "./decide.ts";
import { allowedModels } from "./policies.ts";
import { stayed } from "./staying.ts";

/**
 * Decides without a router: the models in the order of the configuration, the first one first. Nothing is known of
 * P, so it is NaN.
 *
 * @param costs expected cost of a question's answer at the models where it is known, in US dollars
 */
export function listDecider(
  models: readonly string[],
  costs: (text: string) => Readonly<Record<string, number>> = () => ({}),
): Decider {
  return {
    name: "the order of the configuration",
    models,
    policies: [],
    decide(question) {
      if (question.policy !== undefined)
        throw new ApiError(400, "Policies need a router; this gateway has none.", {
          param: "policy",
          code: "unknown_policy",
        });
      const known = costs(question.text);
      const candidates = allowedModels(models, question, known).map((model) => ({
        model,
        p: Number.NaN,
        interval: [Number.NaN, Number.NaN] as const,
        cost: known[model] ?? null,
      }));
      const first = { ...candidates[0], candidates, rule: "the first model of the configuration" };
      return stayed(first, { kind: "quality" }, question);
    },
  };
}
