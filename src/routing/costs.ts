import { InputError, show } from "../input-error.ts";
import type { ResponseMatrix } from "../responses/index.ts";
import { factsOf, type ModelTable, tokenCost } from "./model-table.ts";

/** Expected cost of an answer in dollars: base + perCharacter · length of the question, for each model. */
export interface CostModel {
  readonly base: Float64Array;
  readonly perCharacter: Float64Array;
  /** The same in tokens of the answers, where a price table told them apart; for when prices change. */
  readonly answers?: { readonly base: Float64Array; readonly perCharacter: Float64Array };
}

/** About four characters make a token of English text. */
export const charactersPerToken = 4;

/** Length of an answer in tokens that is assumed where none is told. */
const usualAnswer = 300;

/**
 * Least squares of the known costs on the question's length, neither part below zero; NaN for a model without costs.
 * @throws InputError for a negative or infinite cost
 */
export function fitCosts(matrix: ResponseMatrix): CostModel | undefined {
  const { costs, texts, subjects, items } = matrix;
  if (!costs) return undefined;
  checkCosts(matrix, "the training data");
  const base = new Float64Array(subjects.length).fill(Number.NaN);
  const perCharacter = new Float64Array(subjects.length).fill(Number.NaN);
  for (let s = 0; s < subjects.length; s++) {
    let n = 0;
    let sx = 0;
    let sy = 0;
    let sxx = 0;
    let sxy = 0;
    for (let i = 0; i < items.length; i++) {
      const y = costs[s * items.length + i];
      if (!Number.isFinite(y)) continue;
      const x = texts?.[i].length ?? 0;
      n++;
      sx += x;
      sy += y;
      sxx += x * x;
      sxy += x * y;
    }
    if (n === 0) continue;
    const spread = sxx - (sx * sx) / n;
    const slope = spread > 0 ? (sxy - (sx * sy) / n) / spread : 0;
    const capped = Math.max(0, Math.min(slope, sx > 0 ? sy / sx : 0));
    perCharacter[s] = capped;
    base[s] = (sy - capped * sx) / n;
  }
  return base.every(Number.isNaN) ? undefined : { base, perCharacter };
}

/** @throws InputError naming the first cost that is negative or infinite; NaN is an unknown one */
export function checkCosts({ costs = new Float64Array(), subjects, items }: ResponseMatrix, source: string) {
  const wrong = costs.findIndex((cost) => cost < 0 || cost === Number.POSITIVE_INFINITY);
  if (wrong < 0) return;
  throw new InputError("a cost cannot be used", {
    source,
    field: `${subjects[Math.floor(wrong / items.length)]} on ${items[wrong % items.length]}`,
    found: show(costs[wrong]),
    expected: "dollars ≥ 0, or nothing where the cost is unknown",
    hint: "Mend the cost, leave it empty, or give prices with --prices.",
  });
}

/** Expected cost of each of `models` answers; NaN where unknown. */
export function expectedCosts(costs: CostModel | undefined, models: number, text: string): Float64Array {
  const out = new Float64Array(models).fill(Number.NaN);
  if (costs)
    for (let m = 0; m < costs.base.length; m++) out[m] = costs.base[m] + costs.perCharacter[m] * text.length;
  return out;
}

/**
 * Costs by a price table: of the question's tokens by its length, and of an answer as long as the table says, else as
 * it was in training, else of usual length.
 */
export function tableCosts(
  table: ModelTable,
  models: readonly string[],
  learnt?: CostModel["answers"],
): CostModel {
  const perToken = 1 / charactersPerToken;
  const stated = (model: string) => factsOf(table, model).answerTokens;
  const known = (m: number) => (Number.isFinite(learnt?.base[m]) ? learnt : undefined);
  return {
    base: Float64Array.from(models, (model, m) =>
      tokenCost(table, model, 0, stated(model) ?? known(m)?.base[m] ?? usualAnswer),
    ),
    perCharacter: Float64Array.from(models, (model, m) =>
      tokenCost(table, model, perToken, stated(model) === undefined ? (known(m)?.perCharacter[m] ?? 0) : 0),
    ),
    ...(learnt && { answers: learnt }),
  };
}

/** The costs of training with the lengths of answers that they amount to at the prices of training. */
export function withAnswerLengths(costs: CostModel, table: ModelTable, models: readonly string[]): CostModel {
  const tokens = (dollars: number, model: string, input: number) =>
    Math.max(0, dollars - tokenCost(table, model, input, 0)) / tokenCost(table, model, 0, 1);
  return {
    ...costs,
    answers: {
      base: Float64Array.from(models, (model, m) => tokens(costs.base[m], model, 0)),
      perCharacter: Float64Array.from(models, (model, m) =>
        tokens(costs.perCharacter[m], model, 1 / charactersPerToken),
      ),
    },
  };
}

/** The first cost model's costs, and the second's where the first knows none; `models` many. */
export function costsOrElse(
  first: CostModel | undefined,
  second: CostModel | undefined,
  models: number,
): CostModel | undefined {
  const either = (part: "base" | "perCharacter") =>
    Float64Array.from({ length: models }, (_, m) => {
      const value = first?.[part][m] ?? Number.NaN;
      return Number.isNaN(value) ? (second?.[part][m] ?? Number.NaN) : value;
    });
  const base = either("base");
  if (base.every(Number.isNaN)) return undefined;
  const answers = first?.answers ?? second?.answers;
  return { base, perCharacter: either("perCharacter"), ...(answers && { answers }) };
}

/** The matrix with the costs that it lacks estimated by a price table, from the length of the questions. */
export function withTableCosts(matrix: ResponseMatrix, table: ModelTable): ResponseMatrix {
  const { subjects, items, texts, observed } = matrix;
  const model = tableCosts(table, subjects);
  const known = matrix.costs ?? new Float64Array(subjects.length * items.length).fill(Number.NaN);
  const costs = known.map((cost, o) => {
    if (!Number.isNaN(cost) || !observed[o]) return cost;
    const s = Math.floor(o / items.length);
    return model.base[s] + model.perCharacter[s] * (texts?.[o % items.length].length ?? 0);
  });
  return costs.every(Number.isNaN) ? matrix : { ...matrix, costs };
}
