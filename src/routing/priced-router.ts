import type { ResponseMatrix } from "../responses/index.ts";
import { fitPriceCurve } from "./budget.ts";
import {
  type CostModel,
  costsOrElse,
  expectedCosts,
  fitCosts,
  tableCosts,
  withAnswerLengths,
} from "./costs.ts";
import type { ModelTable } from "./model-table.ts";
import { modelNames, predict } from "./predict.ts";
import type { Router } from "./router.ts";

/** Questions that the price of money is learnt from. */
const enoughTexts = 500;

/**
 * The router with its costs by a price table, where that names its models. What money is worth, for the `budget`
 * policy, is learnt anew from `texts` (of the questions to come; no answers needed).
 */
export function withPrices(router: Router, table: ModelTable, texts: readonly string[] = []): Router {
  const models = modelNames(router);
  const priced = tableCosts(table, models, router.costs?.answers);
  return withCosts(router, costsOrElse(priced, router.costs, models.length), texts);
}

/** The router with the lengths of its models' answers as its costs tell them, at the prices of training. */
export function withTrainingPrices(router: Router, table: ModelTable): Router {
  return router.costs
    ? { ...router, costs: withAnswerLengths(router.costs, table, modelNames(router)) }
    : router;
}

/** The router with the costs of models that it knows none of, such as newcomers, learnt from their answers. */
export function withLearntCosts(router: Router, matrix: ResponseMatrix): Router {
  const models = modelNames(router);
  const learnt = fitCosts(matrix);
  if (!learnt) return router;
  const pick = (part: "base" | "perCharacter") =>
    Float64Array.from(models, (model) => learnt[part][matrix.subjects.indexOf(model)] ?? Number.NaN);
  const found = { base: pick("base"), perCharacter: pick("perCharacter") };
  return withCosts(router, costsOrElse(router.costs, found, models.length), matrix.texts ?? []);
}

function withCosts(router: Router, costs: CostModel | undefined, texts: readonly string[]): Router {
  const { priceCurve: _, costs: before, ...rest } = router;
  if (!costs) return router;
  const priced = { ...rest, costs };
  if (texts.length === 0) return priced;
  const step = Math.max(1, Math.floor(texts.length / enoughTexts));
  const some = texts.filter((_text, i) => i % step === 0).slice(0, enoughTexts);
  const width = modelNames(router).length;
  const p = new Float64Array(some.length * width);
  const table = new Float64Array(some.length * width);
  some.forEach((text, i) => {
    p.set(predict(router, text).p, i * width);
    table.set(expectedCosts(costs, width, text), i * width);
  });
  return { ...priced, priceCurve: fitPriceCurve(p, table, width) };
}
