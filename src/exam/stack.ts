/**
 * Weights of a convex combination of M estimators: non-negative, summing to 1, with the least squared error over the
 * subjects (Wolpert 1992; Breiman 1996), drawn a little towards the plain mean of all so that few subjects do not pick
 * one by chance. Solved by exchanging weight between pairs until nothing is gained.
 *
 * @param predictions M arrays of S out-of-sample estimates.
 * @param truth S.
 */
export function stackingWeights(
  predictions: readonly Float64Array[],
  truth: Float64Array,
  leaveOut = -1,
): Float64Array {
  const m = predictions.length;
  const gram = new Float64Array(m * m);
  let subjects = 0;
  for (let s = 0; s < truth.length; s++) {
    if (s === leaveOut) continue;
    subjects++;
    for (let i = 0; i < m; i++)
      for (let j = 0; j < m; j++)
        gram[i * m + j] += (predictions[i][s] - truth[s]) * (predictions[j][s] - truth[s]);
  }
  let trace = 0;
  for (let i = 0; i < m; i++) trace += gram[i * m + i];
  const pull = trace / (m * Math.max(1, subjects));
  const weights = new Float64Array(m).fill(1 / m);
  const target = 1 / m;
  for (let round = 0; round < 500; round++) {
    let largest = 0;
    for (let i = 0; i < m; i++)
      for (let j = 0; j < i; j++) {
        let slope = pull * (weights[i] - target - (weights[j] - target));
        for (let l = 0; l < m; l++) slope += (gram[i * m + l] - gram[j * m + l]) * weights[l];
        const curvature = gram[i * m + i] + gram[j * m + j] - 2 * gram[i * m + j] + 2 * pull;
        if (!(curvature > 0)) continue;
        const step = Math.max(-weights[i], Math.min(weights[j], -slope / curvature));
        weights[i] += step;
        weights[j] -= step;
        largest = Math.max(largest, Math.abs(step));
      }
    if (largest < 1e-9) break;
  }
  return weights;
}
