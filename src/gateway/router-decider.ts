import { InputError } from "../input-error.ts";
import { seededRandom } from "../numerics/index.ts";
import {
  BudgetPacer,
  decide,
  modelNames,
  type Prediction,
  predict,
  type Router,
  withVectors,
} from "../routing/index.ts";
import type { GatewayConfig } from "./config.ts";
import { type Decider, decideBy } from "./decide.ts";
import { costForecast } from "./expected-costs.ts";
import { allowedModels, asApiError, namedPolicies, policyOf } from "./policies.ts";
import { type OnEmbedder, questionVectors, type Vectors } from "./question-vectors.ts";
import type { LearnedRouter } from "./router-versions.ts";
import { stayed } from "./staying.ts";

/** Paces of `budget` policies. */
export type Pacers = Map<number, BudgetPacer>;

/**
 * Decides by a trained router. A `budget` policy's stream of questions is paced by what its answers were expected to
 * cost, so that their mean keeps to the budget.
 *
 * @param learned its version, and what was learnt since training
 * @param pacers by dollars a question; what was spent so far outlives a new version of the router
 * @throws InputError when the router knows none of the configuration's models
 */
export function routerDecider(
  router: Router,
  config: GatewayConfig,
  name: string,
  learned?: LearnedRouter,
  pacers: Pacers = new Map(),
  onEmbedder: OnEmbedder = () => {},
): Decider {
  const known = modelNames(router);
  const models = config.models.map((each) => each.name).filter((model) => known.includes(model));
  if (models.length === 0)
    throw new InputError("the router knows none of the configured models", {
      source: name,
      found: config.models.map((each) => each.name).join(", "),
      expected: known.join(", "),
    });
  const vectors = questionVectors(router, config.embedders, name, onEmbedder);
  const reading = vectors && readingOf(router);
  const policies = namedPolicies(config);
  const forecast = costForecast(config);
  const random = seededRandom(router.provenance.seed);
  const feedback = learned?.feedback;
  const shared = { random, ...(feedback && { feedback, feedbackOptions: { trusted: ["operator"] } }) };
  const pacerOf = (perQuestion: number) => {
    const pacer = pacers.get(perQuestion) ?? new BudgetPacer(router, perQuestion);
    // Clients can write policies out: only so many are paced.
    if (pacers.size < 100) pacers.set(perQuestion, pacer);
    return pacer;
  };
  const baseline = models
    .filter((model) => router.models.includes(model))
    .toSorted(
      (a, b) => router.rewards[router.models.indexOf(b)] - router.rewards[router.models.indexOf(a)],
    )[0];
  return {
    name,
    router: learned,
    models,
    baseline,
    policies: [...policies.keys()],
    vectors,
    decide(question) {
      const policy = policyOf(policies, question);
      const { text } = question;
      const prices = forecast(text);
      try {
        const silent = question.vectors?.silent;
        const foreseen = reading
          ? reading.predict(silent === undefined ? text : "", question.vectors)
          : predict(router, text);
        // The router's own estimates stand in where the configuration has no price.
        const { candidates: all } = decide(router, foreseen, { text, allowed: models, costs: prices });
        const costs = Object.fromEntries(
          all.flatMap(({ model, cost }) => (cost === undefined ? [] : [[model, cost]])),
        );
        const allowed = allowedModels(models, question, costs);
        const pacer = policy.kind === "budget" ? pacerOf(policy.perQuestion) : undefined;
        const pace = pacer && { price: pacer.price, affordable: pacer.affordable };
        const free = decideBy(policy, (by) =>
          decide(router, foreseen, { text, policy: by, allowed, costs, ...shared, ...pace }),
        );
        const chosen = stayed(free, policy, question, pace);
        const decision =
          silent === undefined
            ? chosen
            : {
                ...chosen,
                rule: `the embedder ${silent} does not answer, so only how good the models are overall is known; ${chosen.rule}`,
              };
        if (pacer && !question.tentative) pacer.spend(decision.cost ?? 0);
        return decision;
      } catch (error) {
        throw asApiError(error);
      }
    },
  };
}

/** A router that reads the vectors that it is given with each question; of those alone it knows what empty ones say. */
interface Reading {
  predict(text: string, vectors: Vectors | undefined): Prediction;
}

/** Made once for each router: its reader takes memory that is not given back. */
const readings = new WeakMap<object, Reading>();

function readingOf(router: Router): Reading {
  const known = readings.get(router.features);
  if (known) return known;
  const nothing = (router.features.embeddings ?? []).map(({ width }) => new Float32Array(width));
  let now: readonly ArrayLike<number>[] = nothing;
  const reader = withVectors(router, () => now);
  const made: Reading = {
    predict(text, vectors) {
      now = vectors && vectors.silent === undefined ? vectors.rows : nothing;
      return predict(reader, text);
    },
  };
  readings.set(router.features, made);
  return made;
}
