import { difficulties, type ItemBank } from "../bank/index.ts";
import { testInformation } from "../irt/index.ts";
import type { CurveItem } from "./item-curve.ts";
import { embeddedJson, html, type Markup } from "./markup.ts";
import type { CurveData } from "./page-script.ts";
import { domainOf, type Frame, linePath, plot, plotFrame } from "./plot.ts";

/** Items of a bank along one axis: the ability itself, or in several dimensions the direction that each measures best. */
function curveItems({ items, parameters }: ItemBank): CurveItem[] {
  const { dims, discrimination, intercept, guessing, upper, family } = parameters;
  const steps = intercept.length / items.length;
  return items.map((_, i) => {
    const a = discrimination.subarray(i * dims, (i + 1) * dims);
    return {
      slope: dims === 1 ? a[0] : Math.hypot(...a),
      intercepts: Array.from(intercept.subarray(i * steps, (i + 1) * steps)),
      lower: guessing?.[i] ?? 0,
      upper: upper?.[i] ?? 1,
      ...(family === "gpcm" && { partialCredit: true }),
    };
  });
}

/** Six items worth a first look: the easiest, the hardest, one between, the sharpest, the dullest, the first flagged. */
function worthALook(bank: ItemBank, items: readonly CurveItem[]): number[] {
  const { difficulty } = difficulties(bank);
  const all = bank.items.map((_, i) => i);
  const sound = all.filter((i) => Number.isFinite(difficulty[i]) && Math.abs(difficulty[i]) < 4);
  const byDifficulty = [...(sound.length > 0 ? sound : all)].sort((a, b) => difficulty[a] - difficulty[b]);
  const bySlope = [...all].sort((a, b) => items[a].slope - items[b].slope);
  const picks = [
    byDifficulty[0],
    byDifficulty.at(-1),
    byDifficulty[byDifficulty.length >> 1],
    bySlope.at(-1),
    bySlope[0],
    all.find((i) => bank.flags[i].length > 0),
  ];
  return [...new Set(picks.filter((i) => i !== undefined))];
}

/** Range of ability that plots show: where the subjects are, and somewhat beyond. */
function abilityRange({ abilities }: ItemBank): [number, number] {
  const { dims, ability } = abilities;
  const [low, high] = domainOf(ability.filter((_, at) => at % dims === 0));
  return [Math.min(-3, Math.floor(low)), Math.max(3, Math.ceil(high))];
}

/** Characteristic and information curves of items that the reader chooses, drawn by the page's script. */
export function itemCurves(bank: ItemBank): Markup {
  const items = curveItems(bank);
  const [low, high] = abilityRange(bank);
  const axis = bank.parameters.dims === 1 ? "ability θ" : "ability in the item's direction";
  const ordered = items.some(({ intercepts }) => intercepts.length > 1);
  const probability = plotFrame(
    { domain: [low, high], label: axis },
    { domain: [0, 1], label: ordered ? "expected score, share of the highest" : "P(correct)", ticks: 5 },
  );
  const information = plotFrame(
    { domain: [low, high], label: axis },
    { domain: [0, 1], label: "information", hidden: true },
  );
  const { margin, width, height } = probability;
  const data: CurveData = {
    names: bank.items,
    items: items.map((item) => ({
      ...item,
      slope: short(item.slope),
      intercepts: item.intercepts.map(short),
      lower: short(item.lower),
      upper: short(item.upper),
    })),
    shown: worthALook(bank, items),
    low,
    high,
    left: margin.left,
    right: width - margin.right,
    top: margin.top,
    bottom: height - margin.bottom,
  };
  const marks = html`<g class="marks"></g>`;
  return html`<div class="controls"><input id="curve-add" type="search" placeholder="Add an item" aria-label="Add an item by its name"><span id="curve-chips" class="controls"></span></div>
<div class="columns"><div class="card" id="icc"><h3>Characteristic curves</h3>${plot(probability, "Item characteristic curves", marks)}</div>
<div class="card" id="iif"><h3>Information curves</h3>${plot(information, "Item information curves", marks)}</div></div>
<script type="application/json" id="curve-data">${embeddedJson(data)}</script>`;
}

const short = (value: number): number => Number(value.toPrecision(6));

/** Information of the whole bank over ability, and the standard error that it leaves: 1 / √information. */
export function precision(bank: ItemBank): Markup {
  const { parameters } = bank;
  const { dims } = parameters;
  const [low, high] = abilityRange(bank);
  const points = Array.from({ length: 81 }, (_, k) => low + ((high - low) * k) / 80);
  const theta = new Float64Array(points.length * dims);
  points.forEach((point, k) => {
    theta[k * dims] = point;
  });
  const matrices = testInformation(parameters, theta);
  const information = points.map((_, k) => matrices[k * dims * dims]);
  const error = information.map((value) => 1 / Math.sqrt(value));
  const best = Math.min(...error);
  const label = parameters.dims === 1 ? "ability θ" : "ability θ₁, the others at 0";
  const draw = (values: readonly number[], title: string, most: number, area: boolean) => {
    const frame = plotFrame({ domain: [low, high], label }, { domain: [0, most], label: title, ticks: 5 });
    const line = points.map((theta, k): [number, number] => [
      theta,
      values[k] <= most ? values[k] : Number.NaN,
    ]);
    return plot(frame, `${title} over ability`, [
      area ? filled(frame, line) : html``,
      html`<path class="curve s0" d="${linePath(frame, line)}"/>`,
      subjects(bank, frame),
    ]);
  };
  return html`<div class="columns"><div class="card"><h3>Test information</h3>${draw(information, "information", Math.max(...information) * 1.06 || 1, true)}</div>
<div class="card"><h3>Standard error of measurement</h3>${draw(error, "standard error", Number.isFinite(best) ? best * 6 : 1, false)}</div></div>`;
}

function filled(frame: Frame, line: readonly (readonly [number, number])[]): Markup {
  const base: [number, number][] = [
    [line[line.length - 1][0], 0],
    [line[0][0], 0],
  ];
  return html`<path class="band" d="${linePath(frame, [...line, ...base])}Z"/>`;
}

/** A tick above the axis for every subject (the first thousand), to see where precision is needed. */
function subjects({ abilities }: ItemBank, frame: Frame): Markup {
  const { dims, ability } = abilities;
  const bottom = frame.height - frame.margin.bottom;
  const first = Array.from(ability.filter((_, at) => at % dims === 0)).slice(0, 1000);
  const path = first.map((theta) => `M${frame.x(theta)} ${bottom}v-7`).join("");
  return html`<path class="interval s1" style="stroke-width:1" d="${path}"/>`;
}
