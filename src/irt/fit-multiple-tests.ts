/**
 * p-values adjusted so that rejecting those below q keeps the expected share of false discoveries below q:
 * Benjamini & Hochberg (1995). NaN stays NaN and does not count as a test.
 */
export function benjaminiHochberg(p: ArrayLike<number>): Float64Array {
  const order = Array.from({ length: p.length }, (_, i) => i)
    .filter((i) => !Number.isNaN(p[i]))
    .sort((i, j) => p[i] - p[j]);
  const adjusted = new Float64Array(p.length).fill(Number.NaN);
  let least = 1;
  for (let rank = order.length; rank > 0; rank--) {
    const i = order[rank - 1];
    least = Math.min(least, (p[i] * order.length) / rank);
    adjusted[i] = least;
  }
  return adjusted;
}
