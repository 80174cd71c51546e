import { InputError, show } from "../input-error.ts";

/** How a decision weighs quality against money. */
export type Policy =
  /** The highest P(correct), leaving the best single model only where the gain is trusted. */
  | { readonly kind: "quality" }
  /** The cheapest model with P ≥ atLeast; the highest P where none reaches it. */
  | { readonly kind: "cheapest"; readonly atLeast: number }
  /** The highest mean P at a mean cost of at most `perQuestion` dollars. */
  | { readonly kind: "budget"; readonly perQuestion: number }
  /** The highest P − lambda · cost (lambda in reward per dollar). */
  | { readonly kind: "utility"; readonly lambda: number }
  /** Start at the cheapest with P ≥ accept (or at the cheapest of all), go up while a verifier is not content. */
  | { readonly kind: "cascade"; readonly accept: number }
  /** Thompson sampling: each model's P drawn from its interval. */
  | { readonly kind: "explore" };

const forms = "quality, cheapest:TAU, budget:DOLLARS, utility:LAMBDA, cascade:TAU or explore";

/**
 * Reads a policy as the command line and the gateway's configuration write it: `quality`, `cheapest:0.8`,
 * `budget:0.002` (dollars a question), `utility:50` (reward a dollar), `cascade:0.7`, `explore`.
 * @param source what the text was given as, for messages
 * @throws InputError for an unknown name, or a number that does not fit
 */
export function parsePolicy(text: string, source = "policy"): Policy {
  const [kind, argument, ...rest] = text.trim().split(/[:=]/);
  const wrong = (found: string, expected: string) =>
    new InputError("the policy cannot be used", { source, found, expected });
  if (rest.length > 0) throw wrong(show(text), forms);
  const number = (least: number, most: number, what: string) => {
    const value = argument === undefined || argument.trim() === "" ? Number.NaN : Number(argument);
    if (!(value >= least && value <= most)) throw wrong(show(text), what);
    return value;
  };
  switch (kind) {
    case "quality":
    case "explore":
      if (argument !== undefined) throw wrong(show(text), kind);
      return { kind };
    case "cheapest":
      return { kind, atLeast: number(0, 1, "a probability from 0 to 1 after the colon, as in cheapest:0.7") };
    case "cascade":
      return { kind, accept: number(0, 1, "a probability from 0 to 1 after the colon, as in cascade:0.7") };
    case "budget":
      return {
        kind,
        perQuestion: number(
          0,
          Number.MAX_VALUE,
          "dollars a question, at least 0, after the colon, as in budget:0.001",
        ),
      };
    case "utility":
      return {
        kind,
        lambda: number(0, Number.MAX_VALUE, "reward a dollar, at least 0, after the colon, as in utility:50"),
      };
    default:
      throw wrong(show(kind), forms);
  }
}

/** Whether the policy needs to know what each answer costs. */
export function needsCosts(policy: Policy): boolean {
  return policy.kind !== "quality" && policy.kind !== "explore";
}
