import { costQualityHull, type EvaluatedDataset, type TradeOff } from "../routing/index.ts";
import { html, type Markup } from "./markup.ts";
import { domainOf, type Frame, linePath, plot, plotFrame, plotWidth } from "./plot.ts";

/** Dollars are shown for so many questions. */
const bundle = 1000;

/** A cost's place on a logarithmic axis; what costs next to nothing stands at its left end. */
const scale = (cost: number): number => Math.log10(Math.max(cost * bundle, 1e-6));

/** Steps of a mixture of two points: a straight line bends on a logarithmic axis. */
const steps = 16;

const mixed = (hull: readonly TradeOff[]): TradeOff[] =>
  hull.flatMap((from, k) => {
    const to = hull[k + 1];
    if (!to) return [from];
    return Array.from({ length: steps }, (_, j) => ({
      cost: from.cost + (j / steps) * (to.cost - from.cost),
      reward: from.reward + (j / steps) * (to.reward - from.reward),
    }));
  });

/** Reward against cost: the router's curves, single models and their hull, the oracle. */
export function costPlot(detail: EvaluatedDataset): Markup {
  const { summary, curve, cheapestCurve, modelCosts = {}, oracle } = detail;
  const singles = Object.entries(modelCosts)
    .filter(([, cost]) => Number.isFinite(cost))
    .map(([model, cost]) => ({ model, cost, reward: summary.models[model] }));
  const router = costQualityHull(curve);
  const hull = costQualityHull(singles);
  const shown: TradeOff[] = [...curve, ...cheapestCurve, ...singles];
  const [low, high] = domainOf(shown.map(({ reward }) => reward));
  const frame = plotFrame(
    {
      domain: domainOf(shown.map(({ cost }) => scale(cost))),
      label: "dollars a thousand questions, logarithmic",
      format: (value) => `${Number((10 ** value).toPrecision(2))}`,
      ticks: 6,
    },
    { domain: [low, Math.max(high, summary.oracle + 0.015)], label: "mean reward" },
    { height: 330 },
  );
  const line = (points: readonly TradeOff[]) =>
    linePath(
      frame,
      points.map(({ cost, reward }) => [scale(cost), reward] as const),
    );
  const at = ({ cost, reward }: TradeOff) => ({ x: frame.x(scale(cost)), y: frame.y(reward) });
  const [left, right] = [frame.margin.left, frame.width - frame.margin.right];
  const oracleY = frame.y(oracle.reward);
  const marks = html`<line class="rule" x1="${left}" x2="${right}" y1="${oracleY}" y2="${oracleY}"/>
<text class="name halo" x="${right}" y="${oracleY - 5}" text-anchor="end">oracle ${oracle.reward.toFixed(3)}${oracle.cost !== null && ` at $${(oracle.cost * bundle).toPrecision(2)}`}</text>
<path class="curve s1" stroke-dasharray="5 4" d="${line(mixed(hull))}"/>
<path class="curve s2" d="${line(ascending(cheapestCurve))}"/>
<path class="curve s0" d="${line(mixed(router))}"/>
${labels(
  frame,
  singles.filter((point) => hull.some((other) => other.cost === point.cost && other.reward === point.reward)),
)}
${router.map((point) => html`<circle class="f0" cx="${at(point).x}" cy="${at(point).y}" r="2.4"><title>${told("router", point)}</title></circle>`)}
${singles.map((point) => html`<circle class="f1" cx="${at(point).x}" cy="${at(point).y}" r="4"><title>${told(point.model, point)}</title></circle>`)}
${summary.cost !== null && chosenPolicy(at({ cost: summary.cost, reward: summary.router.reward }), told("the evaluated policy", { cost: summary.cost, reward: summary.router.reward }))}`;
  return html`<div class="card"><h3>${summary.name}</h3>${plot(frame, `Mean reward against cost on ${summary.name}: the router's line above the hull of single models where routing pays`, marks)}<p class="legend"><span><i style="background:var(--c0)"></i>router, P − price · cost</span><span><i style="background:var(--c2)"></i>router, cheapest with P ≥ τ</span><span><i style="background:var(--c1)"></i>single models, their hull</span>${summary.cost !== null && html`<span><i style="background:var(--ink);height:9px;width:9px;transform:rotate(45deg)"></i>the evaluated policy</span>`}</p></div>`;
}

const told = (who: string, { cost, reward }: TradeOff) =>
  `${who}: ${reward.toFixed(4)} at $${(cost * bundle).toPrecision(3)} a thousand questions`;

const ascending = (points: readonly TradeOff[]): TradeOff[] => points.toSorted((a, b) => a.cost - b.cost);

function chosenPolicy({ x, y }: { readonly x: number; readonly y: number }, title: string): Markup {
  return html`<path d="M${x} ${y - 6}l6 6l-6 6l-6 -6z" fill="var(--ink)"><title>${title}</title></path>`;
}

/** Names beside points, those left out that would lie over another. */
function labels(frame: Frame, points: readonly (TradeOff & { readonly model: string })[]): Markup[] {
  const placed: { x: number; y: number }[] = [];
  return points
    .toSorted((a, b) => b.reward - a.reward)
    .flatMap(({ model, cost, reward }) => {
      const [x, y] = [frame.x(scale(cost)), frame.y(reward)];
      if (placed.some((other) => Math.abs(other.y - y) < 15 && Math.abs(other.x - x) < 170)) return [];
      placed.push({ x, y });
      const name = model.split("/").at(-1) ?? model;
      const short = name.length > 24 ? `${name.slice(0, 23)}…` : name;
      const flip = x > plotWidth * 0.6;
      const under = y + 20 < frame.height - frame.margin.bottom;
      return [
        html`<text class="name halo" x="${flip ? x - 8 : x + 8}" y="${under ? y + 16 : y - 8}" text-anchor="${flip ? "end" : "start"}">${short}</text>`,
      ];
    });
}

/** Mean reward of the predictions with about the same P, against it; behind them the mean of the intervals that they state. */
export function reliabilityPlot({ summary, reliability }: EvaluatedDataset): Markup {
  const frame = plotFrame({ domain: [0, 1], label: "P said" }, { domain: [0, 1], label: "mean reward" });
  const most = Math.max(...reliability.map(({ count }) => count));
  const within = reliability.filter(({ low, high, reward }) => low <= reward && reward <= high);
  const counted = (bins: typeof reliability) => bins.reduce((sum, { count }) => sum + count, 0);
  const share = (100 * counted(within)) / counted(reliability);
  const edges = [
    ...reliability.map(({ p, high }) => [p, high] as const),
    ...reliability.map(({ p, low }) => [p, low] as const).reverse(),
  ];
  const marks = html`<path class="band" d="${linePath(frame, edges)}Z"/>
<path class="curve behind" style="opacity:1" d="${linePath(frame, [
    [0, 0],
    [1, 1],
  ])}"/>
<path class="curve s0" d="${linePath(
    frame,
    reliability.map(({ p, reward }) => [p, reward] as const),
  )}"/>
${reliability.map(({ p, low, high, reward, count }) => html`<circle class="f0" cx="${frame.x(p)}" cy="${frame.y(reward)}" r="${(2 + 5 * Math.sqrt(count / most)).toFixed(1)}"><title>${`P ${p.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}], reward ${reward.toFixed(3)}, ${count} predictions`}</title></circle>`)}`;
  return html`<div class="card"><h3>${`${summary.name}: calibration error ${summary.ece.toFixed(3)}, Brier ${summary.brier.toFixed(4)}`}</h3>${plot(frame, `Reliability of the stated probabilities on ${summary.name}`, marks)}<p>${`In ${within.length} of ${reliability.length} ranges of P, with ${share.toFixed(0)} % of the predictions, the reward lies within the mean interval.`}</p></div>`;
}
