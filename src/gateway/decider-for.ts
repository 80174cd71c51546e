import { InputError } from "../input-error.ts";
import { loadRouter } from "../storage/index.ts";
import type { GatewayConfig } from "./config.ts";
import type { Decider } from "./decide.ts";
import { costForecast } from "./expected-costs.ts";
import { listDecider } from "./list-decider.ts";
import { embeddedMmlu, mmluDecider } from "./mmlu-decider.ts";
import type { OnEmbedder } from "./question-vectors.ts";
import { type Pacers, routerDecider } from "./router-decider.ts";
import type { LearnedRouter } from "./router-versions.ts";

/**
 * The decider that a configuration names: a folder of `tripos train`, "mmlu" (the responses that come with Tripos),
 * or none (the order of the models).
 *
 * @param learned the router in its newest version, instead of the folder's
 * @param pacers of `budget` policies, kept over reloads
 * @param onEmbedder is told when an embedder of the router's stops answering, or answers again
 * @throws InputError
 */
export function deciderFor(
  config: GatewayConfig,
  learned?: LearnedRouter,
  pacers?: Pacers,
  onEmbedder?: OnEmbedder,
): Decider {
  if (config.router === undefined)
    return listDecider(
      config.models.map(({ name }) => name),
      costForecast(config),
    );
  if (config.router !== "mmlu")
    return routerDecider(
      learned?.router ?? loadRouter(config.router),
      config,
      `the router ${config.router}`,
      learned,
      pacers,
      onEmbedder,
    );
  const decider = mmluDecider(embeddedMmlu(), config);
  if (decider.models.length > 0) return decider;
  throw new InputError("the embedded router knows none of the configured models", {
    source: "router mmlu",
    found: config.models.map(({ name }) => name).join(", "),
    expected: embeddedMmlu().responses.subjects.join(", "),
    hint: "Train one for your models: tripos train FILE… --out ROUTER.",
  });
}
