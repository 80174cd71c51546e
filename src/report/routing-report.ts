import type { EvaluatedDataset, Evaluation, GainOverBest, QuestionGroup } from "../routing/index.ts";
import { dataTable, plainTable } from "./data-table.ts";
import { html, type Markup } from "./markup.ts";
import { page, type Section } from "./page.ts";
import { type AdviceWords, routingAdvice } from "./routing-advice.ts";
import { costPlot, reliabilityPlot } from "./routing-plots.ts";
import type { Table } from "./table.ts";

type Details = readonly EvaluatedDataset[];

const shown = (value: number, digits = 4): string => value.toFixed(digits).replace("-", "−");
const percent = (value: number): string => `${shown(100 * value, 1)} %`;
const interval = ([low, high]: readonly [number, number]): string => `${shown(low, 3)} to ${shown(high, 3)}`;

/** Rows that a reader sees at a glance; a longer table is to be sorted and filtered. */
const glance = 14;

const anyTable = (table: Table): Markup =>
  table.rows.length > glance ? dataTable(table) : html`<div class="card">${plainTable(table)}</div>`;

/** As many ids as fit into a cell, one at least. */
function fitting(ids: readonly string[]): string {
  const some = ids.filter((_, k) => k === 0 || ids.slice(0, k + 1).join(", ").length <= 38);
  return some.join(", ");
}

/**
 * A router's evaluation as one self-contained page: gains with their intervals, cost and quality of every policy,
 * reliability, where it gains and loses, choices over models.
 */
export function routingReport(
  { datasets, macro, llmRouterBench }: Evaluation,
  details: Details,
  { title, policy }: { readonly title: string; readonly policy: string },
): string {
  const priced = details.some(({ curve }) => curve.length > 0);
  const questions = datasets.reduce((sum, { items }) => sum + items, 0);
  const { gainOverBest, gapToOracle, costSave } = llmRouterBench;
  return page({
    title,
    lead: `${datasets.length === 1 ? "One dataset" : `${datasets.length} datasets`}, ${questions} questions, policy ${policy}.`,
    notices: details.map(({ summary }) => routingAdvice(summary, adviceWords)),
    tiles: [
      { label: "router", value: shown(macro.router) },
      { label: "best single model", value: shown(macro.bestSingle) },
      { label: "best model of each dataset", value: shown(macro.bestPerDataset) },
      { label: "oracle", value: shown(macro.oracle) },
      { label: "Gain@B, over each dataset's best", value: percent(gainOverBest) },
      { label: "Gap@O, to the oracle", value: percent(gapToOracle) },
      ...(costSave === null
        ? []
        : [{ label: "CostSave, at the best model's reward", value: percent(costSave) }]),
    ],
    sections: [
      rewards(details),
      ...(priced ? [costAndQuality(details)] : []),
      reliability(details),
      gainsAndLosses(details),
      choices(details),
    ],
    footer: "Numbers at the top are means over the datasets. Made by Tripos.",
  });
}

const size = ({ mean, interval: range }: GainOverBest): string =>
  `${shown(mean)} (95 % interval ${interval(range)})`;

const adviceWords: AdviceWords = {
  gains: (gain) => `routing gains ${size(gain)} over asking ${gain.over} always.`,
  loses: (gain) => `routing loses: ${size(gain)}. Use ${gain.over} for everything of this kind.`,
  losesForLess: (gain) => `routing loses ${size(gain)} against asking ${gain.over} always.`,
  even: (gain) => `${adviceWords.evenForLess(gain)} ${gain.over} for everything would do as well.`,
  evenForLess: (gain) => `the gain over asking ${gain.over} always is ${size(gain)}, not beyond chance.`,
  costs: (_, __, saved) => `The router costs ${percent(Math.abs(saved))} ${saved > 0 ? "less" : "more"}.`,
  reward: (value) => shown(value),
  dollars: (value) => `$${value.toPrecision(3)}`,
};

function rewards(details: Details): Section {
  const priced = details.some(({ modelCosts }) => modelCosts);
  return {
    title: "Rewards",
    note: "Mean reward of every model, of the router with its 95 % interval (bootstrap over questions), of a random choice, and of the oracle that knows the answers.",
    body: anyTable({
      columns: [
        { title: "dataset" },
        { title: "who" },
        { title: "reward", digits: 4 },
        { title: "95 % interval" },
        ...(priced ? [{ title: "cost $", digits: 6 }] : []),
      ],
      rows: details.flatMap(({ summary, modelCosts, oracle }) => {
        const cost = (value: number | null) => (priced ? [value] : []);
        const { name, router, models, random } = summary;
        const byReward = Object.entries(models).toSorted((a, b) => b[1] - a[1]);
        return [
          [name, "router", router.reward, interval(router.interval), ...cost(summary.cost)],
          ...byReward.map(([model, reward]) => [
            name,
            model,
            reward,
            null,
            ...cost(modelCosts?.[model] ?? null),
          ]),
          [name, "random", random, null, ...cost(null)],
          [name, "oracle", oracle.reward, null, ...cost(oracle.cost)],
        ];
      }),
    }),
  };
}

function costAndQuality(details: Details): Section {
  const priced = details.filter(({ curve }) => curve.length > 0);
  const rows = priced.flatMap(({ summary: { name, tradeOff } }) => {
    if (!tradeOff) return [];
    const { aiq, hullAiq, best, costAtBest, costAt99 } = tradeOff;
    const share = (cost: number | null) => (cost === null ? "not reached" : percent(cost / best.cost));
    return [[name, aiq, hullAiq, best.model, share(costAtBest), share(costAt99)]];
  });
  return {
    title: "Cost and quality",
    note: "Each line is a policy of the router as its setting changes, the dots are single models, the dashed line is their hull: what mixing them at random gives. AIQ is the mean reward over the range of costs (RouterBench).",
    body: html`<div class="columns">${priced.map(costPlot)}</div>
${anyTable({
  columns: [
    { title: "dataset" },
    { title: "AIQ", digits: 4 },
    { title: "AIQ of the hull", digits: 4 },
    { title: "best single model" },
    {
      title: "cost at its reward",
      note: "Share of the best single model's cost at which the router reaches its reward",
    },
    { title: "cost at 99 % of it" },
  ],
  rows,
})}`,
  };
}

function reliability(details: Details): Section {
  return {
    title: "Reliability",
    note: "Of the predictions with about this P, the share that was right. On the diagonal P means what it says; the dots' size is the number of predictions. The band is the mean of the 95 % intervals that they state.",
    body: html`<div class="columns">${details.map(reliabilityPlot)}</div>`,
  };
}

/** Groups of questions as a table; `of` names what the groups are. */
function groupTable(of: string, groups: readonly (readonly [string, QuestionGroup])[]) {
  return anyTable({
    columns: [
      { title: "dataset" },
      { title: of },
      { title: "questions" },
      { title: "reward", digits: 4 },
      { title: "gain", digits: 4 },
      { title: "95 % interval" },
      { title: "won, such as" },
      { title: "lost, such as" },
    ],
    rows: groups.map(([name, group]) => [
      name,
      group.name,
      group.times,
      group.reward,
      group.gain,
      interval(group.interval),
      fitting(group.won),
      fitting(group.lost),
    ]),
  });
}

function gainsAndLosses(details: Details): Section {
  const whole = details.map(({ summary: { name, items, router, gain }, scenarios }) => [
    name,
    scenarios.length > 0 ? "all scenarios" : "all questions",
    items,
    router.reward,
    gain.mean,
    interval(gain.interval),
    gain.over,
  ]);
  const groups = (of: "scenarios" | "clusters") =>
    details.flatMap((detail) => detail[of].map((group) => [detail.summary.name, group] as const));
  const scenarios = groups("scenarios");
  return {
    title: "Where it gains and loses",
    note: "Gain: mean difference to the model that was best in training, on the same questions (paired bootstrap). Clusters are questions that are written alike, named by what they have more of than the others. Ids are examples of questions won and lost.",
    body: html`<h3>By dataset</h3>
${anyTable({
  columns: [
    { title: "dataset" },
    { title: "questions of" },
    { title: "questions" },
    { title: "reward", digits: 4 },
    { title: "gain", digits: 4 },
    { title: "95 % interval" },
    { title: "over" },
  ],
  rows: whole,
})}
${scenarios.length > 0 && html`<h3>By scenario</h3>${groupTable("scenario", scenarios)}`}
<h3>By cluster</h3>${groupTable("cluster", groups("clusters"))}`,
  };
}

function choices(details: Details): Section {
  return {
    title: "Choices",
    note: "How often each model was chosen, and what that gained over the model that was best in training on the same questions.",
    body: groupTable(
      "model",
      details.flatMap(({ summary, choices: groups }) =>
        groups.map((group) => [summary.name, group] as const),
      ),
    ),
  };
}
