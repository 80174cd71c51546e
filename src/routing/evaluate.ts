import { InputError } from "../input-error.ts";
import { pairedBootstrap } from "../numerics/index.ts";
import type { ResponseMatrix } from "../responses/index.ts";
import { BudgetPacer } from "./budget.ts";
import { type Decision, decide } from "./decision.ts";
import { probabilityMeasures, type ReliabilityBin, reliabilityDiagram } from "./measures.ts";
import type { Policy } from "./policy.ts";
import { modelNames, predict } from "./predict.ts";
import type { Router } from "./router.ts";

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
  /** Mean cost of the router's choices in dollars; null where unknown. */
  readonly cost: number | null;
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
  const present = models.filter((model) => matrix.subjects.includes(model));
  const rows = new Map(present.map((model) => [model, matrix.subjects.indexOf(model)]));
  const reward = (model: string, i: number) => matrix.scores[(rows.get(model) as number) * n + i];
  const observed = (model: string, i: number) => matrix.observed[(rows.get(model) as number) * n + i] === 1;
  const cost = (model: string, i: number) =>
    matrix.costs ? matrix.costs[(rows.get(model) as number) * n + i] : Number.NaN;

  const pacer = policy.kind === "budget" ? new BudgetPacer(router, policy.perQuestion) : undefined;
  const decisions: Decision[] = [];
  const rewards: number[] = [];
  const chosenCosts: number[] = [];
  const p: number[] = [];
  const truths: number[] = [];
  const answered: number[] = [];
  let random = 0;
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
      ...(pacer && { price: pacer.price }),
    });
    const asked =
      policy.kind === "cascade" ? cascadeAsked(decision, (model) => reward(model, i)) : [decision.model];
    const spent = asked.reduce((sum, model) => sum + cost(model, i), 0);
    pacer?.spend(Number.isFinite(spent) ? spent : (decision.cost ?? 0));
    decisions.push(decision);
    answered.push(i);
    rewards.push(reward(asked[asked.length - 1], i));
    chosenCosts.push(spent);
    random += allowed.reduce((sum, model) => sum + reward(model, i), 0) / allowed.length;
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
  const rewardsOfModel = (model: string) => answered.map((i) => (observed(model, i) ? reward(model, i) : 0));
  const average = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const observedMean = (model: string, value: (model: string, i: number) => number) =>
    average(answered.filter((i) => observed(model, i)).map((i) => value(model, i)));
  const means = Object.fromEntries(present.map((model) => [model, observedMean(model, reward)]));
  const best = present.reduce((a, b) => (means[b] > means[a] ? b : a));
  const inTraining = bestInTraining(router, present, matrix.scenarios?.[0]);
  const { interval, differences } = pairedBootstrap(rewards, [rewardsOfModel(inTraining)], { seed });
  const meanCost = average(chosenCosts);
  return {
    summary: {
      name,
      items: count,
      models: means,
      router: { reward: average(rewards), interval },
      bestSingle: { model: best, reward: means[best] },
      random: random / count,
      oracle: oracle / count,
      ...probabilityMeasures(p, truths),
      cost: Number.isFinite(meanCost) ? meanCost : null,
    },
    decisions,
    rewards: Float64Array.from(rewards),
    ...(matrix.costs && {
      modelCosts: Object.fromEntries(present.map((model) => [model, observedMean(model, cost)])),
    }),
    reliability: reliabilityDiagram(p, truths),
    chosenInTraining: {
      model: inTraining,
      reward: means[inTraining],
      gain: differences[0].mean,
      interval: differences[0].interval,
    },
  };
}

/** The models asked: from the cheapest on until an answer is right, which a perfect verifier would see. */
function cascadeAsked(decision: Decision, reward: (model: string) => number): string[] {
  const order = decision.candidates.map(({ model }) => model);
  const right = order.findIndex((model) => reward(model) >= 0.5);
  return right < 0 ? order : order.slice(0, right + 1);
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
