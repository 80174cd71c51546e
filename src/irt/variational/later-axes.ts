import type { Posteriors } from "./start.ts";

/**
 * Part of an axis's variance by which it is wider where its slopes are not known at all. The joint information says how far an axis
 * may be off that is about right; in some data another axis than the true one stands out from the noise, of which it says nothing.
 * Chosen on simulated data of 15 to 300 subjects and 20 to 300 items (seeds other than the tables').
 */
const widening = 0.3;

/**
 * Widens in place the errors of the second axis and those after it, of slopes and abilities: variances times 1 + .3 u, where
 * u = Σ SE² / Σ (a² + SE²) is the part of the axis's slopes that is not known. The axes are the identified ones.
 */
export function widenLaterAxes({ subjects, items }: Posteriors): Posteriors {
  const dims = items.size - 1;
  for (let k = 1; k < dims; k++) {
    let known = 0;
    let unknown = 0;
    for (let i = 0; i < items.rows; i++) {
      known += items.mean[i * items.size + k] ** 2;
      unknown += items.covariance[(i * items.size + k) * items.size + k];
    }
    const factor = Math.sqrt(1 + (widening * unknown) / (known + unknown));
    for (const { rows, size, covariance } of [subjects, items])
      for (let r = 0; r < rows; r++)
        for (let j = 0; j < size; j++) {
          covariance[(r * size + k) * size + j] *= factor;
          covariance[(r * size + j) * size + k] *= factor;
        }
  }
  return { subjects, items };
}
