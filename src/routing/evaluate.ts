import { InputError } from "../input-error.ts";
import { pairedBootstrap, seededRandom } from "../numerics/index.ts";
import type { ResponseMatrix } from "../responses/index.ts";
import { BudgetPacer } from "./budget.ts";
import { expectedCosts } from "./costs.ts";
import { type Decision, decide } from "./decision.ts";
import { probabilityMeasures, type ReliabilityBin, reliabilityDiagram } from "./measures.ts";
import type { Policy } from "./policy.ts";
import { modelNames, predict } from "./predict.ts";
import type { Router } from "./router.ts";
import type { TradeOff } from "./trade-off.ts";

/** A dataset to evaluate on, its scores being rewards (see {@link rewardsOf}). */
export interface TestDataset {
  readonly name: string;
  readonly matrix: ResponseMatrix;
}

export interface DatasetEvaluation {
  readonly name: string;
  readonly items: number;
  /** Mean reward of each model. */
  readonly models: Readonly<Record<string, number>>;
  /** Mean reward of the router's choices with its 95 % bootstrap interval over questions. */
  readonly router: { readonly reward: number; readonly interval: readonly [number, number] };
  /** The model with the highest mean reward here, known in hindsight. */
  readonly bestSingle: { readonly model: string; readonly reward: number };
  readonly random: number;
  readonly oracle: number;
  readonly brier: number;
  readonly logLoss: number;
  readonly auc: number;
  readonly ece: number;
  /** Mean cost of the router's choices in dollars, for `cascade` of all that it asked; null where unknown. */
  readonly cost: number | null;
  /** The router against the model that was best in training. */
  readonly gain: GainOverBest;
  /**
   * For `cascade`: what it would reach if a verifier that is never wrong stopped it at the first right answer. An upper
   * bound, for it looks at the test's answers; `router` stops by the predicted P instead.
   */
  readonly perfectVerifier?: { readonly reward: number; readonly cost: number | null };
}

/** Mean difference of rewards on the questions that both answered. */
export interface GainOverBest {
  /** The best on the training questions of the same dataset. */
  readonly over: string;
  /** Questions that both answered. */
  readonly questions: number;
  readonly mean: number;
  /** 95 %, paired bootstrap. */
  readonly interval: readonly [number, number];
  /** Mean cost of that model, and of the router, on these questions in dollars; absent where unknown. */
  readonly costs?: { readonly over: number; readonly router: number };
}

export interface Evaluation {
  readonly datasets: readonly DatasetEvaluation[];
  readonly macro: {
    readonly router: number;
    /** Of the model with the best macro average. */
    readonly bestSingle: number;
    /** Mean of each dataset's best model as chosen on the training data. */
    readonly bestPerDataset: number;
    readonly oracle: number;
  };
}

/** What an evaluation saw at each question, for reports. */
export interface EvaluatedDataset {
  readonly summary: DatasetEvaluation;
  readonly decisions: readonly Decision[];
  /** Reward of the router's choice on each question. */
  readonly rewards: Float64Array;
  /** Mean cost of each model; absent where unknown. */
  readonly modelCosts?: Readonly<Record<string, number>>;
  readonly reliability: readonly ReliabilityBin[];
  /** Mean cost and reward of choosing by P − price · cost, for rising prices of money; empty where costs are unknown. */
  readonly curve: readonly TradeOff[];
  /** For each model that was chosen: how often, and what that gained over the model that was best in training. */
  readonly choices: readonly {
    readonly model: string;
    readonly times: number;
    readonly reward: number;
    readonly gain: number;
    /** Ids of questions where the choice lost, and where it won. */
    readonly lost: readonly string[];
    readonly won: readonly string[];
  }[];
  /** What choosing the model that was best in training would have gained, and the router's gain over it. */
  readonly chosenInTraining: {
    readonly model: string;
    readonly reward: number;
    readonly gain: number;
    readonly interval: readonly [number, number];
  };
}

export interface EvaluateOptions {
  readonly policy?: Policy;
  readonly seed?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Routes every question of the test datasets and compares the rewards with those of each model, chance and the oracle.
 * Models that a dataset does not have are not chosen there.
 * @throws InputError for a dataset that shares no model with the router, or has models that it does not know
 */
export function evaluateRouter(
  router: Router,
  datasets: readonly TestDataset[],
  options: EvaluateOptions = {},
): { evaluation: Evaluation; details: readonly EvaluatedDataset[] } {
  const total = datasets.reduce((sum, { matrix }) => sum + matrix.items.length, 0);
  let done = 0;
  const details = datasets.map((dataset) => {
    const evaluated = evaluateDataset(router, dataset, options, (here) =>
      options.onProgress?.(done + here, total),
    );
    done += dataset.matrix.items.length;
    return evaluated;
  });
  const mean = (value: (detail: EvaluatedDataset) => number) =>
    details.reduce((sum, detail) => sum + value(detail), 0) / details.length;
  const everywhere = modelNames(router).filter((model) =>
    details.every(({ summary }) => Object.hasOwn(summary.models, model)),
  );
  const evaluation: Evaluation = {
    datasets: details.map(({ summary }) => summary),
    macro: {
      router: mean(({ summary }) => summary.router.reward),
      bestSingle: Math.max(...everywhere.map((model) => mean(({ summary }) => summary.models[model]))),
      bestPerDataset: mean(({ chosenInTraining }) => chosenInTraining.reward),
      oracle: mean(({ summary }) => summary.oracle),
    },
  };
  return { evaluation, details };
}

function evaluateDataset(
  router: Router,
  { name, matrix }: TestDataset,
  { policy = { kind: "quality" }, seed = 0 }: EvaluateOptions,
  onProgress: (done: number) => void,
): EvaluatedDataset {
  const models = modelNames(router);
  const n = matrix.items.length;
  const unknown = matrix.subjects.filter((subject) => !models.includes(subject));
  if (unknown.length > 0)
    throw new InputError("the dataset has models that the router does not know", {
      source: name,
      found: unknown.slice(0, 5).join(", "),
      expected: models.join(", "),
      hint: "Add them with: tripos train FILE --base ROUTER --out ROUTER, or leave them out of the file.",
    });
  const rows = new Map(models.map((model) => [model, matrix.subjects.indexOf(model)]));
  const reward = (model: string, i: number) => matrix.scores[(rows.get(model) as number) * n + i];
  const observed = (model: string, i: number) => matrix.observed[(rows.get(model) as number) * n + i] === 1;
  const present = models.filter(
    (model) => matrix.subjects.includes(model) && matrix.items.some((_, i) => observed(model, i)),
  );
  const cost = (model: string, i: number) =>
    matrix.costs ? matrix.costs[(rows.get(model) as number) * n + i] : Number.NaN;

  const pacer = policy.kind === "budget" ? new BudgetPacer(router, policy.perQuestion) : undefined;
  const random = seededRandom(seed + 1);
  const verified = { rewards: [] as number[], costs: [] as number[] };
  const decisions: Decision[] = [];
  const answering: string[] = [];
  const rewards: number[] = [];
  const chosenCosts: number[] = [];
  const p: number[] = [];
  const truths: number[] = [];
  const answered: number[] = [];
  const foreseen: Float64Array[] = [];
  let chance = 0;
  let oracle = 0;
  for (let i = 0; i < n; i++) {
    const allowed = present.filter((model) => observed(model, i));
    if (allowed.length === 0) continue;
    const text = matrix.texts?.[i] ?? "";
    const prediction = predict(router, text);
    const decision = decide(router, prediction, {
      text,
      policy,
      ...(allowed.length < models.length && { allowed }),
      random,
      ...(pacer && { price: pacer.price, affordable: pacer.affordable }),
    });
    const spentOn = (asked: readonly string[]) => asked.reduce((sum, model) => sum + cost(model, i), 0);
    const asked =
      policy.kind === "cascade" ? askedUntil(decision, ({ p }) => p >= policy.accept) : [decision.model];
    if (policy.kind === "cascade") {
      const checked = askedUntil(decision, ({ model }) => reward(model, i) >= 0.5);
      verified.rewards.push(reward(checked[checked.length - 1], i));
      verified.costs.push(spentOn(checked));
    }
    const spent = spentOn(asked);
    pacer?.spend(Number.isFinite(spent) ? spent : (decision.cost ?? 0));
    decisions.push(decision);
    answered.push(i);
    foreseen.push(prediction.p);
    answering.push(asked[asked.length - 1]);
    rewards.push(reward(asked[asked.length - 1], i));
    chosenCosts.push(spent);
    chance += allowed.reduce((sum, model) => sum + reward(model, i), 0) / allowed.length;
    oracle += Math.max(...allowed.map((model) => reward(model, i)));
    for (const model of allowed) {
      p.push(prediction.p[models.indexOf(model)]);
      truths.push(reward(model, i));
    }
    if (i % 100 === 99) onProgress(i + 1);
  }
  const count = answered.length;
  if (count === 0)
    throw new InputError("the dataset has no question that one of the router's models answered", {
      source: name,
    });
  const average = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const observedMean = (model: string, value: (model: string, i: number) => number) =>
    average(answered.filter((i) => observed(model, i)).map((i) => value(model, i)));
  const means = Object.fromEntries(present.map((model) => [model, observedMean(model, reward)]));
  const best = present.reduce((a, b) => (means[b] > means[a] ? b : a));
  const inTraining = bestInTraining(router, present, matrix.scenarios?.[0]);
  const { interval } = pairedBootstrap(rewards, [], { seed });
  const pairs = answered.flatMap((i, k) => (observed(inTraining, i) ? [{ i, k }] : []));
  const gain = gainOver(
    inTraining,
    pairs.map(({ i, k }) => ({
      router: { reward: rewards[k], cost: chosenCosts[k] },
      over: { reward: reward(inTraining, i), cost: cost(inTraining, i) },
    })),
    seed,
  );
  const utilityCurve = (): TradeOff[] =>
    Array.from(router.priceCurve?.prices ?? [], (price) => {
      const chosen = answered.map((i, k) => {
        const costs = expectedCosts(router.costs, models.length, matrix.texts?.[i] ?? "");
        const able = present.filter((model) => observed(model, i) && Number.isFinite(cost(model, i)));
        const worth = (model: string) =>
          foreseen[k][models.indexOf(model)] - price * costs[models.indexOf(model)];
        return able.reduce((a, b) => (worth(b) > worth(a) ? b : a), able[0]);
      });
      const known = chosen.flatMap((model, k) => (model === undefined ? [] : [{ model, i: answered[k] }]));
      return {
        cost: average(known.map(({ model, i }) => cost(model, i))),
        reward: average(known.map(({ model, i }) => reward(model, i))),
      };
    });
  const orNull = (value: number) => (Number.isFinite(value) ? value : null);
  return {
    summary: {
      name,
      items: count,
      models: means,
      router: { reward: average(rewards), interval },
      bestSingle: { model: best, reward: means[best] },
      random: chance / count,
      oracle: oracle / count,
      ...probabilityMeasures(p, truths),
      cost: orNull(average(chosenCosts)),
      gain,
      ...(policy.kind === "cascade" && {
        perfectVerifier: { reward: average(verified.rewards), cost: orNull(average(verified.costs)) },
      }),
    },
    decisions,
    rewards: Float64Array.from(rewards),
    ...(matrix.costs && {
      modelCosts: Object.fromEntries(present.map((model) => [model, observedMean(model, cost)])),
    }),
    reliability: reliabilityDiagram(p, truths),
    curve: matrix.costs ? utilityCurve() : [],
    choices: present.flatMap((model) => {
      const here = decisions.flatMap((_, k) => (answering[k] === model ? [k] : []));
      if (here.length === 0) return [];
      const paired = here
        .filter((k) => observed(inTraining, answered[k]))
        .map((k) => ({ k, gain: rewards[k] - reward(inTraining, answered[k]) }));
      const ids = (sign: number) =>
        paired
          .filter((each) => each.gain * sign > 0)
          .slice(0, 3)
          .map(({ k }) => matrix.items[answered[k]]);
      return [
        {
          model,
          times: here.length,
          reward: average(here.map((k) => rewards[k])),
          gain: paired.length > 0 ? average(paired.map((each) => each.gain)) : 0,
          lost: ids(-1),
          won: ids(1),
        },
      ];
    }),
    chosenInTraining: {
      model: inTraining,
      reward: means[inTraining],
      gain: gain.mean,
      interval: gain.interval,
    },
  };
}

/** The models of a cascade that are asked: up to the first that is enough, or all. */
function askedUntil(
  { candidates }: Decision,
  enough: (candidate: Decision["candidates"][number]) => boolean,
): string[] {
  const last = candidates.findIndex(enough);
  return (last < 0 ? candidates : candidates.slice(0, last + 1)).map(({ model }) => model);
}

interface Answered {
  readonly reward: number;
  readonly cost: number;
}

function gainOver(
  over: string,
  pairs: readonly { readonly router: Answered; readonly over: Answered }[],
  seed: number,
): GainOverBest {
  const rewardsOf = (who: "router" | "over") => pairs.map((pair) => pair[who].reward);
  const [difference] = pairedBootstrap(rewardsOf("router"), [rewardsOf("over")], { seed }).differences;
  const priced = pairs.filter((pair) => Number.isFinite(pair.router.cost) && Number.isFinite(pair.over.cost));
  const costOf = (who: "router" | "over") =>
    priced.reduce((sum, pair) => sum + pair[who].cost, 0) / priced.length;
  return {
    over,
    questions: pairs.length,
    mean: difference.mean,
    interval: difference.interval,
    ...(priced.length > 0 && { costs: { over: costOf("over"), router: costOf("router") } }),
  };
}

/** Of the present models, the best on the training questions of the scenario, or on all where it was not trained on. */
function bestInTraining(
  { figures, models, rewards }: Router,
  present: readonly string[],
  scenario?: string,
): string {
  const known = figures.datasets.find(({ name }) => name === scenario)?.rewards ?? Array.from(rewards);
  const value = (model: string) => known[models.indexOf(model)] ?? Number.NEGATIVE_INFINITY;
  return present.reduce((a, b) => (value(b) > value(a) ? b : a));
}
