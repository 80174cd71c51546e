import type { Gaussians } from "../../kernels/index.ts";
import { dot } from "./dense.ts";
import { type ErrorCoordinates, type Pair, pair } from "./error-coordinates.ts";
import {
  atFloor,
  type ItemPrior,
  itemPrior,
  learnedCoordinates,
  precisionOf,
  pseudoItems,
  type VariationalPriors,
} from "./prior.ts";

/** What the items say of their learned prior, whose errors are unknowns too (empirical Bayes; Morris 1983). */
export interface PriorInformation {
  /** Numbers learned: entries of the mean, then of the covariance's upper triangle. */
  readonly count: number;
  /** Their information about themselves, count × count. */
  readonly own: Float64Array;
  /** What they share with each item's error coordinates, I × width × count. */
  readonly shared: Float64Array;
  /**
   * Information that the weight of the given prior holds on moves β ↦ (I + εA) β of all items and their prior, for matrices A
   * (K × K): moves × moves.
   */
  readonly heldAgainst: (moves: readonly Float64Array[]) => Float64Array;
}

/** Information, in pseudo-items, that stands for a variance that is not learned but held at its floor. */
const atFloorHeld = 1e6;

/** Second derivatives of Σ_i log N(β_i; μ, Ψ) and of the given prior's pseudo-items, signs changed, at the learned μ and Ψ. */
export function priorInformation(
  items: Gaussians,
  coordinates: ErrorCoordinates,
  prior: ItemPrior,
  priors: VariationalPriors,
): PriorInformation {
  const { rows, size, mean } = items;
  const { precision } = precisionOf(prior).prior;
  const omega = (k: number, l: number) => precision[k * size + l];
  const means = learnedCoordinates(priors, size);
  const entries = means.flatMap((k) => means.filter((l) => l >= k).map((l) => pair(k, l)));
  const count = means.length + entries.length;
  const total = rows + pseudoItems;
  const floors = entries.flatMap(({ k, l }, e) => (k === l && atFloor(prior, priors, k) ? [e] : []));
  const holdFloors = (to: Float64Array) => {
    for (const e of floors) {
      const { k } = entries[e];
      to[(means.length + e) * (count + 1)] += atFloorHeld * total * omega(k, k) ** 2;
    }
  };

  const own = new Float64Array(count * count);
  means.forEach((k, a) => {
    means.forEach((l, b) => {
      own[a * count + b] = total * omega(k, l);
    });
  });
  entries.forEach((one, a) => {
    entries.forEach((other, b) => {
      own[(means.length + a) * count + means.length + b] = total * crossed(omega, omega, one, other);
    });
  });
  holdFloors(own);

  const { width, roots, pairs } = coordinates;
  const shared = new Float64Array(rows * width * count);
  // MᵀΩ, and Ω (β − μ).
  const weighted = new Float64Array(size * size);
  const v = (c: number, k: number) => weighted[c * size + k];
  const pull = new Float64Array(size);
  for (let i = 0; i < rows; i++) {
    weighted.fill(0);
    pull.fill(0);
    for (let k = 0; k < size; k++)
      for (let l = 0; l < size; l++) {
        pull[k] += omega(k, l) * (mean[i * size + l] - prior.mean[l]);
        for (let c = 0; c <= l; c++) weighted[c * size + k] += roots[(i * size + l) * size + c] * omega(l, k);
      }
    for (let c = 0; c < size; c++) {
      const to = (i * width + c) * count;
      means.forEach((k, a) => {
        shared[to + a] = -v(c, k);
      });
      entries.forEach(({ k, l, factor }, a) => {
        shared[to + means.length + a] = -factor * (v(c, k) * pull[l] + v(c, l) * pull[k]);
      });
    }
    pairs.forEach((one, n) => {
      entries.forEach((other, a) => {
        shared[(i * width + size + n) * count + means.length + a] = -crossed(v, v, one, other);
      });
    });
  }

  const held = pseudoInformation();
  const heldAgainst = (moves: readonly Float64Array[]) => {
    const moved = moves.map((move) => {
      const out = new Float64Array(count);
      means.forEach((k, a) => {
        for (let j = 0; j < size; j++) out[a] += move[k * size + j] * prior.mean[j];
      });
      entries.forEach(({ k, l, factor }, a) => {
        let sum = 0;
        for (let j = 0; j < size; j++)
          sum +=
            move[k * size + j] * prior.covariance[j * size + l] +
            move[l * size + j] * prior.covariance[k * size + j];
        out[means.length + a] = sum * factor;
      });
      return out;
    });
    return Float64Array.from({ length: moves.length ** 2 }, (_, e) => {
      const [one, other] = [moved[Math.floor(e / moves.length)], moved[e % moves.length]];
      return one.reduce((sum, x, a) => sum + x * dot(held.subarray(a * count, (a + 1) * count), other, 0), 0);
    });
  };
  return { count, own, shared, heldAgainst };

  /** Of the pseudo-items alone, whose moments differ from those learned. */
  function pseudoInformation(): Float64Array {
    const given = itemPrior(priors, size - 1);
    const off = given.mean.map((value, k) => value - prior.mean[k]);
    const moments = given.covariance.map((value, e) => value + off[Math.floor(e / size)] * off[e % size]);
    const pulled = Float64Array.from({ length: size }, (_, k) =>
      dot(precision.subarray(k * size, (k + 1) * size), off, 0),
    );
    // Ω S Ω of the moments S.
    const sandwich = (k: number, l: number) => {
      let sum = 0;
      for (let i = 0; i < size; i++)
        for (let j = 0; j < size; j++) sum += omega(k, i) * moments[i * size + j] * omega(j, l);
      return sum;
    };
    const out = new Float64Array(count * count);
    means.forEach((k, a) => {
      means.forEach((l, b) => {
        out[a * count + b] = pseudoItems * omega(k, l);
      });
      entries.forEach(({ k: p, l: q, factor }, b) => {
        const value = pseudoItems * factor * (omega(k, p) * pulled[q] + omega(k, q) * pulled[p]);
        out[a * count + means.length + b] = value;
        out[(means.length + b) * count + a] = value;
      });
    });
    entries.forEach((one, a) => {
      entries.forEach((other, b) => {
        out[(means.length + a) * count + means.length + b] =
          pseudoItems * (2 * crossed(omega, sandwich, one, other) - crossed(omega, omega, one, other));
      });
    });
    holdFloors(out);
    return out;
  }
}

/** ½ tr(B U C V) of the symmetric matrices B and C that two coordinates stand for, where U and V may map between spaces. */
function crossed(
  u: (k: number, p: number) => number,
  v: (k: number, p: number) => number,
  { k, l, factor: one }: Pair,
  { k: p, l: q, factor: other }: Pair,
): number {
  return (one * other * (u(k, p) * v(l, q) + u(l, q) * v(k, p) + u(k, q) * v(l, p) + u(l, p) * v(k, q))) / 2;
}
