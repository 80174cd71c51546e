import { itemObjective } from "../likelihood.ts";
import type { ResponseModel } from "../models.ts";
import type { Grid } from "./adapt.ts";

/** Pseudo-responses in each category of a regularised item with ordered categories. */
const perCategory = 0.1;

export interface PseudoInput {
  readonly model: ResponseModel;
  readonly free: Int32Array;
  /** I: 1 where an item has them. */
  readonly regularised: Uint8Array;
  readonly grid: Grid;
}

/** Adds to expected counts, in place, what keeps unused categories of ordered items finite. */
export function addPseudoResponses(
  counts: Float64Array,
  { model, free, regularised, grid }: PseudoInput,
): Float64Array {
  const { categories, size } = model;
  if (categories === 2 || !regularised.includes(1)) return counts;
  const { count } = grid.nodes;
  regularised.forEach((informed, i) => {
    if (!informed || free[i * size] < 0) return;
    for (let k = 0; k < categories; k++)
      for (let q = 0; q < count; q++)
        counts[(i * categories + k) * count + q] += perCategory * Math.exp(grid.logPrior[q]);
  });
  return counts;
}

/** Their log-likelihood. */
export function pseudoLikelihood(x: Float64Array, input: PseudoInput): number {
  const { model, regularised, grid } = input;
  if (model.categories === 2 || !regularised.includes(1)) return 0;
  const rows = (x.length / model.size) * model.categories;
  const counts = addPseudoResponses(new Float64Array(rows * grid.nodes.count), input);
  const objective = itemObjective(model, grid.nodes, counts);
  let sum = 0;
  for (let i = 0; i < regularised.length; i++)
    if (regularised[i]) sum += objective.value(x, i * model.size, i * model.categories, false);
  return sum;
}
