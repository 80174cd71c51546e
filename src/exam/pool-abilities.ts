import { estimateAbility } from "../irt/index.ts";
import { cholesky, inversePositive, solveCholesky } from "../numerics/index.ts";
import { informationWeight } from "./information-criterion.ts";
import { probabilities } from "./pirt.ts";
import type { Pool } from "./pool.ts";

/** An ability from so many answers is near enough for two steps of Fisher scoring on all to reach the maximum. */
const enough = 500;
const steps = 2;

/** Maximum a posteriori abilities of some of the pool's subjects from all of their answers, each × D. */
export function poolAbilities(pool: Pool, subjects: ArrayLike<number>): Float64Array {
  const { parameters, latent, filled, responses } = pool;
  const precision = inversePositive(latent.covariance, parameters.dims);
  const n = responses.items.length;
  const stride = Math.max(1, n / enough);
  const items = Uint32Array.from({ length: Math.min(n, enough) }, (_, j) => Math.floor(j * stride));
  const out = new Float64Array(subjects.length * parameters.dims);
  for (let m = 0; m < subjects.length; m++) {
    const row = filled.subarray(subjects[m] * n, (subjects[m] + 1) * n);
    const scores = Float64Array.from(items, (i) => row[i]);
    let { ability } = estimateAbility(parameters, { items, scores }, latent);
    if (items.length < n && precision)
      for (let k = 0; k < steps; k++) ability = fisherStep(pool, row, ability, precision);
    out.set(ability, m * parameters.dims);
  }
  return out;
}

/** One step of Fisher scoring. @param precision D × D, of the prior */
function fisherStep(
  { parameters, latent }: Pool,
  row: Float64Array,
  ability: Float64Array,
  precision: Float64Array,
): Float64Array {
  const { dims, discrimination, guessing, upper } = parameters;
  const p = probabilities(parameters, ability);
  const gradient = new Float64Array(dims);
  for (let j = 0; j < dims; j++)
    for (let l = 0; l < dims; l++) gradient[j] -= precision[j * dims + l] * (ability[l] - latent.mean[l]);
  const information = precision.slice();
  for (let i = 0; i < p.length; i++) {
    const low = guessing?.[i] ?? 0;
    const high = upper?.[i] ?? 1;
    // The derivative of the log-likelihood by the logit.
    const pull =
      ((row[i] - p[i]) * (p[i] - low) * (high - p[i])) / Math.max(1e-12, (high - low) * p[i] * (1 - p[i]));
    const weight = guessing || upper ? informationWeight(parameters, i, ability) : p[i] * (1 - p[i]);
    for (let j = 0, a = i * dims; j < dims; j++) {
      gradient[j] += pull * discrimination[a + j];
      for (let l = 0; l <= j; l++)
        information[j * dims + l] += weight * discrimination[a + j] * discrimination[a + l];
    }
  }
  if (!cholesky(information, dims)) return ability;
  const step = solveCholesky(information, dims, gradient);
  return ability.map((x, j) => x + step[j]);
}
