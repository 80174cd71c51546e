import { ApiError } from "./api-error.ts";
import type { Body } from "./question-text.ts";

/** What a request asks of the gateway itself. */
export interface RequestOptions {
  /** A model asked for by name; undefined when the gateway is to choose. */
  readonly model: string | undefined;
  readonly policy: string | undefined;
  readonly allowed: readonly string[] | undefined;
  /** The most that this answer may cost, in US dollars. */
  readonly budget: number | undefined;
  readonly user: string | undefined;
  readonly conversation: string | undefined;
}

const headers = {
  policy: "x-tripos-policy",
  models: "x-tripos-models",
  budget: "x-tripos-budget",
  user: "x-tripos-user",
  conversation: "x-tripos-conversation",
} as const;

/**
 * Reads the options of one request: the model's name (`tripos`, `tripos/POLICY`, or a model's own), then `metadata`
 * (`tripos_policy`, `tripos_models`, `tripos_budget`, `tripos_user`, `tripos_conversation`), then headers
 * (`x-tripos-policy`, …), the later winning.
 *
 * @throws ApiError
 */
export function requestOptions(
  body: Body,
  header: (name: string) => string | null | undefined,
): RequestOptions {
  const { model, metadata, user } = body;
  if (typeof model !== "string" || model === "")
    throw new ApiError(400, 'Name a model: "tripos", "tripos/POLICY" or one listed at /v1/models.', {
      param: "model",
      code: "model_required",
    });
  const routed = model === "tripos" || model.startsWith("tripos/");
  const given = metadata && typeof metadata === "object" ? (metadata as Record<string, unknown>) : undefined;
  const option = (name: keyof typeof headers): string | undefined => {
    const value = header(headers[name]) ?? given?.[`tripos_${name}`];
    if (value === undefined || value === null || value === "") return undefined;
    if (typeof value === "string" || typeof value === "number") return String(value);
    throw new ApiError(400, `metadata.tripos_${name} is to be a string.`, { param: "metadata" });
  };
  const budget = option("budget");
  if (budget !== undefined && !(Number(budget) >= 0))
    throw new ApiError(400, "The budget is to be a number of US dollars.", { param: "tripos_budget" });
  return {
    model: routed ? undefined : model,
    policy: option("policy") ?? (model.startsWith("tripos/") ? model.slice(7) : undefined),
    allowed: option("models")
      ?.split(",")
      .map((each) => each.trim())
      .filter(Boolean),
    budget: budget === undefined ? undefined : Number(budget),
    user: option("user") ?? (typeof user === "string" ? user : undefined),
    conversation: option("conversation"),
  };
}
