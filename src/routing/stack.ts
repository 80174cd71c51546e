/**
 * Weights ≥ 0 of predictions whose weighted sum comes nearest to the targets in squared error
 * (stacked regression, Breiman 1996), by coordinate descent with a slight preference for equal weights. `counted` 0
 * leaves an entry out.
 */
export function nonNegativeWeights(
  predictions: readonly Float64Array[],
  targets: ArrayLike<number>,
  counted?: ArrayLike<number>,
): number[] {
  const k = predictions.length;
  const gram = Array.from({ length: k }, () => new Float64Array(k));
  const right = new Float64Array(k);
  for (let i = 0; i < targets.length; i++) {
    if (counted && counted[i] === 0) continue;
    for (let a = 0; a < k; a++) {
      right[a] += predictions[a][i] * targets[i];
      for (let b = 0; b < k; b++) gram[a][b] += predictions[a][i] * predictions[b][i];
    }
  }
  const level = gram.reduce((sum, row, a) => sum + row[a], 0) / k;
  if (!(level > 0)) return new Array<number>(k).fill(0);
  const pull = 0.02 * level;
  const weights = new Array<number>(k).fill(1 / k);
  for (let round = 0; round < 2000; round++) {
    let change = 0;
    for (let a = 0; a < k; a++) {
      let slope = right[a] + pull / k;
      for (let b = 0; b < k; b++) if (b !== a) slope -= gram[a][b] * weights[b];
      const next = Math.max(0, slope / (gram[a][a] + pull));
      change = Math.max(change, Math.abs(next - weights[a]));
      weights[a] = next;
    }
    if (change < 1e-9) break;
  }
  return weights;
}
