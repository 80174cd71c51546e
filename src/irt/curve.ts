import { logistic } from "../numerics/index.ts";
import type { ItemParameters } from "./parameters.ts";

/** Logit a·θ + d of an item at the ability that starts at `ability[at]`. */
export function logitAt(
  { dims, discrimination, intercept }: ItemParameters,
  item: number,
  ability: ArrayLike<number>,
  at = 0,
): number {
  let z = intercept[item];
  for (let j = 0, p = item * dims; j < dims; j++, p++) z += discrimination[p] * ability[at + j];
  return z;
}

/** P(right) = c + (u − c) · logistic(z) of an item of a right-or-wrong model, from its logit. */
export function rightAt({ guessing, upper }: ItemParameters, item: number, z: number): number {
  const low = guessing?.[item] ?? 0;
  return low + ((upper?.[item] ?? 1) - low) * logistic(z);
}

/** dP/dz of an item of a right-or-wrong model, from P: (P − c)(u − P) / (u − c). */
export function slopeAt({ guessing, upper }: ItemParameters, item: number, p: number): number {
  const low = guessing?.[item] ?? 0;
  const high = upper?.[item] ?? 1;
  return ((p - low) * (high - p)) / Math.max(1e-12, high - low);
}
