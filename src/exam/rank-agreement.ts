/** Mean absolute difference of two rows of numbers. */
export function meanAbsolute(estimates: ArrayLike<number>, truth: ArrayLike<number>): number {
  let sum = 0;
  for (let s = 0; s < truth.length; s++) sum += Math.abs(estimates[s] - truth[s]);
  return sum / truth.length;
}

/** Kendall's τ-b (1945), which counts ties; NaN where one side is constant. */
export function kendallTau(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let concordant = 0;
  let left = 0;
  let right = 0;
  for (let i = 0; i < a.length; i++)
    for (let j = 0; j < i; j++) {
      const x = Math.sign(a[i] - a[j]);
      const y = Math.sign(b[i] - b[j]);
      concordant += x * y;
      left += x * x;
      right += y * y;
    }
  return concordant / Math.sqrt(left * right);
}

/** Mean absolute difference of the ranks of two rows of numbers, ties at their mean rank. */
export function rankDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return meanAbsolute(ranks(a), ranks(b));
}

function ranks(values: ArrayLike<number>): number[] {
  return Array.from(values, (own) => {
    let rank = 0.5;
    for (let s = 0; s < values.length; s++) rank += values[s] > own ? 1 : values[s] === own ? 0.5 : 0;
    return rank;
  });
}
