import { costQualityHull, type EvaluatedDataset, type Evaluation } from "../routing/index.ts";
import { dataTable } from "./data-table.ts";
import { html, type Markup } from "./markup.ts";
import { page, type Section } from "./page.ts";
import { domainOf, linePath, plot, plotFrame } from "./plot.ts";

/** A router's evaluation as one self-contained page: gains with their intervals, cost and quality, reliability, choices. */
export function routingReport(
  { datasets, macro }: Evaluation,
  details: readonly EvaluatedDataset[],
  { title, policy }: { readonly title: string; readonly policy: string },
): string {
  const f = (value: number) => value.toFixed(4).replace("-", "−");
  const notices = details.map(({ summary, chosenInTraining: { model, gain, interval } }) => {
    const size = `${f(gain)} (95 % interval ${f(interval[0])} to ${f(interval[1])})`;
    if (interval[0] > 0) return `${summary.name}: routing gains ${size} over asking ${model} always.`;
    if (interval[1] < 0)
      return `${summary.name}: routing loses: ${size}. Use ${model} for everything of this kind.`;
    return `${summary.name}: the gain over asking ${model} always is ${size}, not beyond chance. ${model} for everything would do as well.`;
  });
  const sections: Section[] = [
    {
      title: "Rewards",
      note: "Mean reward of every model, of the router, of a random choice, and of the oracle that knows the answers.",
      body: dataTable({
        columns: [
          { title: "dataset" },
          { title: "who" },
          { title: "reward", digits: 4 },
          { title: "cost $", digits: 6 },
        ],
        rows: details.flatMap(({ summary, modelCosts }) => [
          [summary.name, "router", summary.router.reward, summary.cost],
          ...Object.entries(summary.models).map(([model, reward]) => [
            summary.name,
            model,
            reward,
            modelCosts?.[model] ?? null,
          ]),
          [summary.name, "random", summary.random, null],
          [summary.name, "oracle", summary.oracle, null],
        ]),
      }),
    },
  ];
  const priced = details.filter(({ curve }) => curve.length > 0);
  if (priced.length > 0)
    sections.push({
      title: "Cost and quality",
      note: "The line is the router as money grows dearer (from right to left); the dots are single models; the dashed line is their hull, what mixing them at random gives; the rule is the oracle.",
      body: html`<div class="columns">${priced.map(costPlot)}</div>`,
    });
  sections.push(
    {
      title: "Reliability",
      note: "Of the predictions with about this P, the share that was right. On the diagonal P means what it says; the dots' size is the number of predictions.",
      body: html`<div class="columns">${details.map(reliabilityPlot)}</div>`,
    },
    {
      title: "Choices",
      note: "How often each model was chosen, and what that gained over the model that was best in training on the same questions, with ids of questions won and lost.",
      body: dataTable({
        columns: [
          { title: "dataset" },
          { title: "model" },
          { title: "times" },
          { title: "reward", digits: 4 },
          { title: "gain", digits: 4 },
          { title: "won" },
          { title: "lost" },
        ],
        rows: details.flatMap(({ summary, choices }) =>
          choices.map((choice) => [
            summary.name,
            choice.model,
            choice.times,
            choice.reward,
            choice.gain,
            choice.won.join(", "),
            choice.lost.join(", "),
          ]),
        ),
      }),
    },
  );
  return page({
    title,
    lead: `${datasets.length === 1 ? "One dataset" : `${datasets.length} datasets`}, ${datasets.reduce((sum, { items }) => sum + items, 0)} questions, policy ${policy}.`,
    notices,
    tiles: [
      { label: "router", value: f(macro.router) },
      { label: "best single model", value: f(macro.bestSingle) },
      { label: "best model of each dataset", value: f(macro.bestPerDataset) },
      { label: "oracle", value: f(macro.oracle) },
    ],
    sections,
    footer: "Numbers at the top are means over the datasets. Made by Tripos.",
  });
}

function costPlot({ summary, curve, modelCosts = {} }: EvaluatedDataset): Markup {
  const singles = Object.entries(modelCosts).map(([model, cost]) => ({
    model,
    cost,
    reward: summary.models[model],
  }));
  const [low, high] = domainOf([...curve, ...singles].map(({ reward }) => reward));
  const frame = plotFrame(
    {
      domain: domainOf([0, ...[...curve, ...singles].map(({ cost }) => cost * 1000)]),
      label: "dollars a thousand questions",
    },
    { domain: [low, Math.max(high, summary.oracle + 0.01)], label: "mean reward" },
  );
  const [left, right] = [frame.margin.left, frame.width - frame.margin.right];
  const line = (points: readonly { cost: number; reward: number }[]) =>
    linePath(
      frame,
      points.map(({ cost, reward }) => [cost * 1000, reward] as const),
    );
  const marks = html`<line class="rule" x1="${left}" x2="${right}" y1="${frame.y(summary.oracle)}" y2="${frame.y(summary.oracle)}"/>
<path class="curve s1" stroke-dasharray="4 4" d="${line(costQualityHull(singles))}"/>
<path class="curve s0" d="${line(costQualityHull(curve))}"/>
${singles.map(({ model, cost, reward }) => html`<circle class="f1" cx="${frame.x(cost * 1000)}" cy="${frame.y(reward)}" r="4"><title>${`${model}: ${reward.toFixed(4)} at $${cost.toPrecision(3)}`}</title></circle>`)}`;
  return html`<div class="card"><h3>${summary.name}</h3>${plot(frame, `Mean reward against cost on ${summary.name}: the router's line above the hull of single models where routing pays`, marks)}<p class="legend"><span><i style="background:var(--c0)"></i>router</span><span><i style="background:var(--c1)"></i>single models and their hull</span></p></div>`;
}

function reliabilityPlot({ summary, reliability }: EvaluatedDataset): Markup {
  const frame = plotFrame({ domain: [0, 1], label: "P said" }, { domain: [0, 1], label: "mean reward" });
  const most = Math.max(...reliability.map(({ count }) => count));
  const marks = html`<path class="curve behind" style="opacity:1" d="${linePath(frame, [
    [0, 0],
    [1, 1],
  ])}"/>
<path class="curve s0" d="${linePath(
    frame,
    reliability.map(({ p, reward }) => [p, reward] as const),
  )}"/>
${reliability.map(({ p, reward, count }) => html`<circle class="f0" cx="${frame.x(p)}" cy="${frame.y(reward)}" r="${(2 + 5 * Math.sqrt(count / most)).toFixed(1)}"><title>${`P ${p.toFixed(3)}, reward ${reward.toFixed(3)}, ${count} predictions`}</title></circle>`)}`;
  return html`<div class="card"><h3>${`${summary.name}: calibration error ${summary.ece.toFixed(3)}, Brier ${summary.brier.toFixed(4)}`}</h3>${plot(frame, `Reliability of the stated probabilities on ${summary.name}`, marks)}</div>`;
}
