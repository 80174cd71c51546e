import { kMeans } from "../clustering/index.ts";

/** Kinds of questions where the data name none: clusters of their features. */
export function clustersOf(rows: readonly Float32Array[], most: number, seed: number): Int32Array {
  const n = rows.length;
  const dims = rows[0].length;
  const points = new Float64Array(n * dims);
  rows.forEach((row, i) => {
    points.set(row, i * dims);
  });
  const k = Math.max(1, Math.min(most, Math.floor(n / 25)));
  return Int32Array.from(
    kMeans(points, dims, new Float64Array(n).fill(1), k, { starts: 2, seed, maxRounds: 50 }).labels,
  );
}

/** Of each kind: the sum of its questions' own parts (kinds × M) and their number; and how far to shrink their mean. */
export interface EffectSums {
  readonly sums: Float64Array;
  readonly counts: Float64Array;
  /** Questions' worth of no lead at all (empirical Bayes): the less the kinds differ beyond chance, the more. */
  readonly prior: number;
}

/** @param counted 1 for each of the n questions that are summed; all unless given */
export function effectSums(
  kindOf: Int32Array,
  own: Float32Array,
  width: number,
  counted?: Uint8Array,
): EffectSums {
  const kinds = kindOf.reduce((most, kind) => Math.max(most, kind), 0) + 1;
  const sums = new Float64Array(kinds * width);
  const counts = new Float64Array(kinds);
  let squares = 0;
  let n = 0;
  kindOf.forEach((kind, i) => {
    if (counted?.[i] === 0) return;
    n++;
    counts[kind]++;
    for (let m = 0; m < width; m++) {
      sums[kind * width + m] += own[i * width + m];
      squares += own[i * width + m] ** 2;
    }
  });
  let between = 0;
  sums.forEach((sum, k) => {
    between += sum ** 2 / Math.max(1, counts[Math.floor(k / width)]);
  });
  // One-way random effects by moments: E[between] = width · (kinds · within + n · lead) for equal kinds.
  const within = Math.max(0, squares - between) / (width * Math.max(1, n - kinds));
  const lead = Math.max(0, between / width - kinds * within) / n;
  return { sums, counts, prior: lead > 0 ? within / lead : Number.POSITIVE_INFINITY };
}

/**
 * n × M random effects of kinds of questions on the models: each model's mean own part over the questions of the same kind,
 * shrunk (see {@link EffectSums}).
 */
export function randomEffects(
  kindOf: Int32Array,
  own: Float32Array,
  width: number,
  counted?: Uint8Array,
): Float32Array {
  const { sums, counts, prior } = effectSums(kindOf, own, width, counted);
  return Float32Array.from(own, (_, o) => {
    const kind = kindOf[Math.floor(o / width)];
    return counts[kind] > 0 ? sums[kind * width + (o % width)] / (counts[kind] + prior) : 0;
  });
}
