import { charactersPerToken } from "./costs.ts";
import { factsOf } from "./model-table.ts";

/** What a model can do; what is not said it can. */
export interface Capabilities {
  /** Longest prompt in tokens. */
  readonly context?: number;
  readonly tools?: boolean;
  readonly vision?: boolean;
  /** Where it is served. */
  readonly regions?: readonly string[];
}

/** What a question asks of the model that answers it. */
export interface Needs {
  readonly tools?: boolean;
  readonly vision?: boolean;
  readonly region?: string;
}

export interface RouteConstraints {
  /** Names of the models that may answer; all unless given. */
  readonly allowed?: readonly string[];
  readonly needs?: Needs;
  /** What each model can do; a model without an entry can do what "*" can, or everything. */
  readonly capabilities?: Readonly<Record<string, Capabilities>>;
}

/** Why a model cannot answer a question; undefined when it can. */
export function obstacle(
  model: string,
  text: string,
  { allowed, needs = {}, capabilities }: RouteConstraints,
): string | undefined {
  if (allowed && !allowed.includes(model)) return "not among the allowed models";
  if (!capabilities) return undefined;
  const able = factsOf(capabilities, model);
  const tokens = Math.ceil(text.length / charactersPerToken);
  if (able.context !== undefined && tokens > able.context)
    return `its context of ${able.context} tokens is shorter than the question of about ${tokens}`;
  if (needs.tools && able.tools === false) return "it cannot use tools";
  if (needs.vision && able.vision === false) return "it cannot see images";
  if (needs.region && able.regions && !able.regions.includes(needs.region))
    return `it is not served in ${needs.region}`;
  return undefined;
}
