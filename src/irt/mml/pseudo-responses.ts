import { itemObjective } from "../likelihood.ts";
import type { ResponseModel } from "../models.ts";
import type { Nodes } from "../nodes.ts";
import type { Grid } from "./adapt.ts";

/** Pseudo-responses in each category of a regularised item with ordered categories. */
const perCategory = 0.1;

/** Distance of the nodes that pseudo-responses stand on: close enough for N(0, 1), and few where posteriors need many. */
const apart = 0.5;

export interface PseudoInput {
  readonly model: ResponseModel;
  readonly free: Int32Array;
  /** I: 1 where an item has them. */
  readonly regularised: Uint8Array;
  readonly grid: Grid;
}

/** Whether any item has pseudo-responses. */
const none = ({ model, regularised }: PseudoInput): boolean =>
  model.categories === 2 || !regularised.includes(1);

/** Every how many nodes there are some, and how many in each category there. */
function placed({ nodes: { dims, spacing, count }, logPrior }: Grid): {
  stride: number;
  share: Float64Array;
} {
  const stride = dims === 1 ? Math.max(1, Math.floor(apart / spacing)) : 1;
  const share = Float64Array.from(
    { length: Math.ceil(count / stride) },
    (_, k) => perCategory * stride * Math.exp(logPrior[k * stride]),
  );
  return { stride, share };
}

/** Adds to expected counts, in place, what keeps unused categories of ordered items finite. */
export function addPseudoResponses(counts: Float64Array, input: PseudoInput): Float64Array {
  if (none(input)) return counts;
  const { categories, size } = input.model;
  const { count } = input.grid.nodes;
  const { stride, share } = placed(input.grid);
  input.regularised.forEach((informed, i) => {
    if (!informed || input.free[i * size] < 0) return;
    for (let k = 0; k < categories; k++)
      for (let q = 0; q < share.length; q++) counts[(i * categories + k) * count + q * stride] += share[q];
  });
  return counts;
}

/** Their log-likelihood, as a function of ξ. */
export function pseudoLikelihood(input: PseudoInput): (x: Float64Array) => number {
  if (none(input)) return () => 0;
  const { model, free, regularised, grid } = input;
  const { stride, share } = placed(grid);
  const { dims } = model;
  const theta = Float64Array.from(
    { length: share.length * dims },
    (_, e) => grid.nodes.theta[Math.floor(e / dims) * stride * dims + (e % dims)],
  );
  const nodes: Nodes = { ...grid.nodes, count: share.length, theta };
  const counts = new Float64Array(model.categories * share.length);
  for (let k = 0; k < model.categories; k++) counts.set(share, k * share.length);
  const objective = itemObjective(model, nodes, counts);
  return (x) => {
    let sum = 0;
    for (let i = 0; i < regularised.length; i++)
      if (regularised[i] && free[i * model.size] >= 0) sum += objective.value(x, i * model.size, 0, false);
    return sum;
  };
}
