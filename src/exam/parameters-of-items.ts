import type { ItemParameters } from "../irt/index.ts";

/** The parameters of some items of right-or-wrong models, in the order of `items`. */
export function parametersOfItems(parameters: ItemParameters, items: ArrayLike<number>): ItemParameters {
  const { family, dims, discrimination, intercept, guessing, upper } = parameters;
  const pick = (values: Float64Array) =>
    Float64Array.from({ length: items.length }, (_, j) => values[items[j]]);
  const slopes = new Float64Array(items.length * dims);
  for (let j = 0; j < items.length; j++)
    slopes.set(discrimination.subarray(items[j] * dims, (items[j] + 1) * dims), j * dims);
  return {
    family,
    dims,
    discrimination: slopes,
    intercept: pick(intercept),
    ...(guessing && { guessing: pick(guessing) }),
    ...(upper && { upper: pick(upper) }),
  };
}
