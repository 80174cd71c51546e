import { pairedBootstrap } from "../numerics/index.ts";
import type { RouteConstraints } from "./constraints.ts";
import { policyCurves } from "./curves.ts";
import type { DatasetEvaluation, EvaluatedDataset, Evaluation, GainOverBest } from "./evaluation.ts";
import { breakDown } from "./groups.ts";
import { llmRouterBenchMeasures } from "./llm-router-bench.ts";
import { probabilityMeasures, reliabilityDiagram } from "./measures.ts";
import type { Policy } from "./policy.ts";
import { modelNames } from "./predict.ts";
import type { Router } from "./router.ts";
import { type RoutedStream, routeStream } from "./stream.ts";
import { type TestAnswers, type TestDataset, testAnswers } from "./test-answers.ts";
import { type TradeOff, tradeOffMeasures } from "./trade-off.ts";

export interface EvaluateOptions {
  readonly policy?: Policy;
  readonly seed?: number;
  /** What models may answer, and must be able to do. */
  readonly constraints?: RouteConstraints;
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
  const tests = datasets.map((dataset) => testAnswers(router, dataset));
  const total = tests.reduce((sum, { questions }) => sum + questions.length, 0);
  let done = 0;
  const details = tests.map((answers) => {
    const evaluated = evaluateDataset(router, answers, options, (here) =>
      options.onProgress?.(done + here, total),
    );
    done += answers.questions.length;
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
    llmRouterBench: llmRouterBenchMeasures(details),
  };
  return { evaluation, details };
}

function evaluateDataset(
  router: Router,
  answers: TestAnswers,
  { policy = { kind: "quality" }, seed = 0, constraints }: EvaluateOptions,
  onProgress: (done: number) => void,
): EvaluatedDataset {
  const { name, present, questions } = answers;
  const stream = routeStream(router, answers, { policy, seed: seed + 1, constraints, onProgress });
  const meanOf = (model: string, value: (model: string, i: number) => number) =>
    average(questions.filter((i) => answers.answered(model, i)).map((i) => value(model, i)));
  const means = Object.fromEntries(present.map((model) => [model, meanOf(model, answers.reward)]));
  const modelCosts =
    answers.hasCosts && Object.fromEntries(present.map((model) => [model, meanOf(model, answers.cost)]));
  const best = present.reduce((a, b) => (means[b] > means[a] ? b : a));
  const inTraining = bestInTraining(router, present, answers.scenario(questions[0]));
  const stated = statedAndTrue(router, answers, stream);
  const gain = {
    ...gainOver(inTraining, answers, stream, seed),
    ...(modelCosts && cheaperThan(inTraining, means, modelCosts)),
  };
  const { utility: curve, cheapest: cheapestCurve } = policyCurves(router, answers, stream);
  const oracle = oracleOf(answers);
  const singles = Object.fromEntries(
    Object.entries(modelCosts || {}).flatMap(([model, cost]): [string, TradeOff][] =>
      Number.isFinite(cost) ? [[model, { cost, reward: means[model] }]] : [],
    ),
  );
  const summary: DatasetEvaluation = {
    name,
    items: questions.length,
    models: means,
    router: {
      reward: average(stream.rewards),
      interval: pairedBootstrap(stream.rewards, [], { seed }).interval,
    },
    bestSingle: { model: best, reward: means[best] },
    random: average(
      questions.map((i) => {
        const possible = present.filter((model) => answers.answered(model, i));
        return average(possible.map((model) => answers.reward(model, i)));
      }),
    ),
    oracle: oracle.reward,
    ...probabilityMeasures(stated.p, stated.rewards),
    cost: orNull(average(stream.costs)),
    gain,
    ...(curve.length > 0 && { tradeOff: tradeOffMeasures(curve, singles) }),
    ...(policy.kind === "cascade" && {
      perfectVerifier: {
        reward: average(stream.verified.rewards),
        cost: orNull(average(stream.verified.costs)),
      },
    }),
  };
  return {
    summary,
    decisions: stream.decisions,
    rewards: stream.rewards,
    ...(modelCosts && { modelCosts }),
    reliability: reliabilityDiagram(stated),
    curve,
    cheapestCurve,
    oracle,
    ...breakDown(router, answers, stream, inTraining, seed),
    chosenInTraining: {
      model: inTraining,
      reward: means[inTraining],
      gain: gain.mean,
      interval: gain.interval,
    },
  };
}

const orNull = (value: number): number | null => (Number.isFinite(value) ? value : null);

function average(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}

/** Every stated P with its interval beside the reward that came of it. */
function statedAndTrue(router: Router, answers: TestAnswers, { predictions }: RoutedStream) {
  const p: number[] = [];
  const low: number[] = [];
  const high: number[] = [];
  const rewards: number[] = [];
  answers.questions.forEach((i, k) => {
    modelNames(router).forEach((model, m) => {
      if (!answers.answered(model, i)) return;
      p.push(predictions[k].p[m]);
      low.push(predictions[k].low[m]);
      high.push(predictions[k].high[m]);
      rewards.push(answers.reward(model, i));
    });
  });
  return { p, low, high, rewards };
}

/** Who always asks the cheapest of the models that do best. */
function oracleOf({ present, questions, answered, reward, cost }: TestAnswers) {
  const picked = questions.map((i) =>
    present
      .filter((model) => answered(model, i))
      .map((model) => ({ reward: reward(model, i), cost: cost(model, i) }))
      .reduce((a, b) => (b.reward > a.reward || (b.reward === a.reward && b.cost < a.cost) ? b : a)),
  );
  return {
    reward: average(picked.map((each) => each.reward)),
    cost: orNull(average(picked.map((each) => each.cost))),
  };
}

function gainOver(over: string, answers: TestAnswers, stream: RoutedStream, seed: number): GainOverBest {
  const pairs = answers.questions.flatMap((i, k) =>
    answers.answered(over, i)
      ? [
          {
            router: { reward: stream.rewards[k], cost: stream.costs[k] },
            over: { reward: answers.reward(over, i), cost: answers.cost(over, i) },
          },
        ]
      : [],
  );
  const rewardsOf = (who: "router" | "over") => pairs.map((pair) => pair[who].reward);
  const [difference] = pairedBootstrap(rewardsOf("router"), [rewardsOf("over")], { seed }).differences;
  const priced = pairs.filter((pair) => Number.isFinite(pair.router.cost) && Number.isFinite(pair.over.cost));
  const costOf = (who: "router" | "over") => average(priced.map((pair) => pair[who].cost));
  return {
    over,
    questions: pairs.length,
    mean: difference.mean,
    interval: difference.interval,
    ...(priced.length > 0 && { costs: { over: costOf("over"), router: costOf("router") } }),
  };
}

/** The cheapest of the models that earn at least as much as one, where there are such. */
function cheaperThan(
  model: string,
  rewards: Readonly<Record<string, number>>,
  costs: Readonly<Record<string, number>>,
): Pick<GainOverBest, "cheaper"> {
  const [first] = Object.keys(rewards)
    .filter((other) => rewards[other] >= rewards[model] && costs[other] < costs[model])
    .sort((a, b) => costs[a] - costs[b]);
  return first === undefined ? {} : { cheaper: { model: first, reward: rewards[first], cost: costs[first] } };
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
