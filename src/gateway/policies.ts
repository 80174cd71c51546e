import { InputError } from "../input-error.ts";
import { type Policy, parsePolicy } from "../routing/index.ts";
import { ApiError } from "./api-error.ts";
import type { GatewayConfig } from "./config.ts";
import type { Question } from "./decide.ts";

/** The policies that a gateway knows by name. @throws InputError for one that cannot be read */
export function namedPolicies({ policies }: GatewayConfig): ReadonlyMap<string, Policy> {
  return new Map(
    Object.entries(policies).map(([name, given]) => [
      name,
      parsePolicy(typeof given === "string" ? given : given.rule),
    ]),
  );
}

/** Gain, in what the policy aims at, above which a conversation's model is left. */
export function stickinessOf({ policies, stickiness }: GatewayConfig, policy: string | undefined): number {
  const given = policy !== undefined && Object.hasOwn(policies, policy) ? policies[policy] : undefined;
  return (typeof given === "object" ? given.stickiness : undefined) ?? stickiness;
}

/** The policy that a request asks for, by name or written out (`cheapest:0.8`). @throws ApiError */
export function policyOf(named: ReadonlyMap<string, Policy>, { policy }: Question): Policy {
  if (policy === undefined) return { kind: "quality" };
  const known = named.get(policy);
  if (known) return known;
  try {
    return parsePolicy(policy);
  } catch {
    throw new ApiError(
      400,
      `The policy "${policy.slice(0, 100)}" is not known; there are ${[...named.keys()].join(", ")}.`,
      {
        param: "model",
        code: "unknown_policy",
      },
    );
  }
}

/**
 * The models of `models` that a request allows and that its budget can pay; a cost that is unknown is within no budget.
 *
 * @throws ApiError when none is left
 */
export function allowedModels(
  models: readonly string[],
  { allowed, budget }: Question,
  costs: Readonly<Record<string, number>>,
): readonly string[] {
  const permitted = models.filter((model) => !allowed || allowed.includes(model));
  if (permitted.length === 0)
    throw new ApiError(400, "No model that could be chosen is allowed for this request.", {
      code: "no_model_allowed",
    });
  if (budget === undefined) return permitted;
  const payable = permitted.filter((model) => Object.hasOwn(costs, model) && costs[model] <= budget);
  if (payable.length > 0) return payable;
  throw new ApiError(400, `No model allowed is known to cost at most $${budget} for this request.`, {
    code: "no_model_allowed",
  });
}

/** Turns what a router says against a request into an answer for the client. */
export function asApiError(error: unknown): unknown {
  return error instanceof InputError ? new ApiError(400, error.message, { code: "not_routable" }) : error;
}
