import { InputError } from "../../input-error.ts";
import { inversePositive } from "../../numerics/index.ts";
import type { ResponseMatrix } from "../../responses/index.ts";
import { type LatentNormal, standardNormal } from "../latent.ts";
import { packItems, responseModel } from "../models.ts";
import type { Abilities, ItemParameters } from "../parameters.ts";
import { type EmOptions, expectationOf, runEm } from "./em.ts";
import type { Expectation } from "./expectation.ts";
import { collapsePatterns, type Patterns } from "./patterns.ts";
import { defaultPriors } from "./priors.ts";
import { shortTerms } from "./terms.ts";
import { driveHere, type Problem, type Working } from "./work.ts";

/** Means and covariances of the subjects, from the moments of their patterns. */
export function abilitiesOf(
  { means, moments }: { means: Float64Array; moments: Float64Array },
  { patternOf }: Patterns,
  dims: number,
): Abilities {
  const ability = new Float64Array(patternOf.length * dims);
  const covariance = new Float64Array(patternOf.length * dims * dims);
  patternOf.forEach((p, s) => {
    for (let j = 0; j < dims; j++) {
      ability[s * dims + j] = means[p * dims + j];
      for (let k = 0; k < dims; k++)
        covariance[(s * dims + j) * dims + k] =
          moments[(p * dims + j) * dims + k] - means[p * dims + j] * means[p * dims + k];
    }
  });
  return { dims, ability, covariance };
}

/**
 * EAP scores with posterior covariances of (possibly new) subjects under known item parameters.
 * @param matrix its items are those of `parameters`, in order; a subject without responses gets the prior back.
 */
export function scoreEap(
  matrix: ResponseMatrix,
  parameters: ItemParameters,
  latent: LatentNormal = standardNormal(parameters.dims),
): Abilities {
  const model = responseModel(parameters.family, parameters.dims, parameters.categories ?? 2);
  const x = packItems(model, parameters);
  if (x.length !== matrix.items.length * model.size)
    throw new InputError("items and their parameters differ in number", {
      found: `${matrix.items.length} items`,
      expected: `${x.length / model.size}`,
    });
  if (!inversePositive(latent.covariance, model.dims))
    throw new InputError("the covariance of ability is not positive definite");
  const patterns = collapsePatterns(matrix, model);
  const problem: Problem = {
    model,
    terms: shortTerms(patterns, model.categories, matrix.items.length),
    frequency: patterns.frequency,
    free: new Int32Array(x.length).fill(-1),
    priors: defaultPriors(model.dims),
  };
  const regularised = new Uint8Array(matrix.items.length);
  const options = { common: false, anchored: false, regularised, tolerance: 0, maxIterations: 0, latent };
  return abilitiesOf(driveHere(known(x, problem, options), problem), patterns, model.dims);
}

function* known(x: Float64Array, problem: Problem, options: EmOptions): Working<Expectation> {
  const em = yield* runEm(x, problem, options);
  return yield* expectationOf(em, em.x);
}
