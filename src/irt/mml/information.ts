import { itemObjective } from "../likelihood.ts";
import { curvePoint, type ResponseModel } from "../models.ts";
import type { Nodes } from "../nodes.ts";
import type { MaximisationInput } from "./maximisation.ts";
import type { Patterns } from "./patterns.ts";
import type { PosteriorInput } from "./posteriors.ts";
import { logPriorOf } from "./priors.ts";

/** What the information about item parameters is computed from, at the estimates. */
export interface InformationInput extends MaximisationInput, PosteriorInput {
  readonly patterns: Patterns;
  /** Number of free parameters; `free` holds their indices. */
  readonly parameters: number;
}

/** ∂ log P_k/∂ξ_j for every row and node: ((I · K) × size) × Q. */
export function scoreTable(model: ResponseModel, x: Float64Array, nodes: Nodes): Float64Array {
  const { size, categories } = model;
  const items = x.length / size;
  const table = new Float64Array(items * categories * size * nodes.count);
  const out = curvePoint(model);
  for (let i = 0; i < items; i++)
    for (let q = 0; q < nodes.count; q++) {
      model.evaluate(x, i * size, nodes.theta, q * nodes.dims, out);
      for (let k = 0; k < categories; k++)
        for (let j = 0; j < size; j++)
          table[((i * categories + k) * size + j) * nodes.count + q] =
            out.dx[k * size + j] / Math.max(out.p[k], 1e-300);
    }
  return table;
}

/** −∂²/∂ξ² of the expected log-likelihood and log prior of item i, by central differences of the gradient. */
export function completeInformation(input: InformationInput, i: number): Float64Array {
  const { model, nodes, counts, priors, informed, x } = input;
  const { size, categories } = model;
  const objective = itemObjective(model, nodes, counts);
  const gradientAt = (at: Float64Array) => {
    objective.value(at, 0, i * categories, true);
    logPriorOf(model, priors, informed[i] === 1, at, 0, objective.gradient);
    return objective.gradient.slice();
  };
  const point = x.slice(i * size, (i + 1) * size);
  const h = new Float64Array(size * size);
  for (let j = 0; j < size; j++) {
    const step = 1e-4 * Math.max(1, Math.abs(point[j]));
    const kept = point[j];
    point[j] = kept + step;
    const above = gradientAt(point);
    point[j] = kept - step;
    const below = gradientAt(point);
    point[j] = kept;
    for (let l = 0; l < size; l++) {
      const value = -(above[l] - below[l]) / (4 * step);
      h[j * size + l] += value;
      h[l * size + j] += value;
    }
  }
  return h;
}
