import type { Gaussians } from "../../kernels/index.ts";
import { softplus } from "../../numerics/index.ts";
import type { LatentNormal } from "../latent.ts";
import type { Abilities, ItemParameters } from "../parameters.ts";
import { type Order, restore } from "./canonical-order.ts";
import type { Responses } from "./em.ts";
import type { ItemPrior, VariationalPriors } from "./prior.ts";
import type { Posteriors } from "./start.ts";

/** A calibrated multidimensional 2PL, logit = a·θ + d, as plain data. */
export interface VariationalCalibration {
  readonly items: ItemParameters;
  /** I × (D + 1) × (D + 1) posterior covariances of (a₁ … a_D, d), item by item. */
  readonly itemCovariance: Float64Array;
  readonly abilities: Abilities;
  /** Distribution of ability: N(0, I), or as learned beside known items. */
  readonly latent: LatentNormal;
  /** The priors as given or by default. */
  readonly priors: VariationalPriors;
  /** The items' normal prior as learned, on the identified axes; absent where nothing is learned, and beside known items. */
  readonly itemPrior?: ItemPrior;
  readonly seed: number;
  readonly elbo: number;
  /** Σ log P(response) at the point estimates. */
  readonly logLikelihood: number;
  readonly iterations: number;
  readonly converged: boolean;
}

/** Posteriors as plain data, with the log-likelihood at their means. */
export function asPlainData({ bySubject }: Responses, { subjects, items }: Posteriors) {
  const dims = items.size - 1;
  const discrimination = firstCoordinates(items);
  const ability = firstCoordinates(subjects);
  const intercept = Float64Array.from({ length: items.rows }, (_, i) => items.mean[i * items.size + dims]);
  const covariance = new Float64Array(subjects.rows * dims * dims);
  for (let s = 0, o = 0; s < subjects.rows; s++)
    for (let k = 0; k < dims; k++)
      for (let l = 0; l < dims; l++, o++)
        covariance[o] = subjects.covariance[(s * subjects.size + k) * subjects.size + l];
  let logLikelihood = 0;
  for (let s = 0, at = 0; s < bySubject.rows; s++)
    for (let i = 0; i < bySubject.columns; i++, at++) {
      if (bySubject.trials[at] === 0) continue;
      let z = intercept[i];
      for (let k = 0; k < dims; k++) z += discrimination[i * dims + k] * ability[s * dims + k];
      logLikelihood += bySubject.successes[at] * z - bySubject.trials[at] * softplus(z);
    }
  return {
    items: { family: "2pl", dims, discrimination, intercept } satisfies ItemParameters,
    itemCovariance: items.covariance,
    abilities: { dims, ability, covariance } satisfies Abilities,
    logLikelihood,
  };
}

function firstCoordinates({ rows, size, mean }: Gaussians): Float64Array {
  const out = new Float64Array(rows * (size - 1));
  for (let r = 0; r < rows; r++) out.set(mean.subarray(r * size, (r + 1) * size - 1), r * (size - 1));
  return out;
}

/** A calibration in canonical order as one in the order of the matrix. */
export function asGiven(found: VariationalCalibration, order: Order | undefined): VariationalCalibration {
  if (!order) return found;
  const { items, itemCovariance, abilities } = found;
  return {
    ...found,
    items: {
      ...items,
      discrimination: restore(items.discrimination, order.columns),
      intercept: restore(items.intercept, order.columns),
    },
    itemCovariance: restore(itemCovariance, order.columns),
    abilities: {
      ...abilities,
      ability: restore(abilities.ability, order.rows),
      covariance: restore(abilities.covariance, order.rows),
    },
  };
}
