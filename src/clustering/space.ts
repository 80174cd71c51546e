/** Points about their mean, so that single precision serves, with a padded single-precision copy for the kernel. */
export interface Space {
  readonly n: number;
  readonly dims: number;
  readonly padded: number;
  readonly mean: Float64Array;
  readonly x: Float64Array;
  readonly x32: Float32Array;
  readonly squares: Float64Array;
}

export function centre(points: Float64Array, dims: number, n: number): Space {
  const mean = new Float64Array(dims);
  for (let i = 0, p = 0; i < n; i++) for (let j = 0; j < dims; j++, p++) mean[j] += points[p] / n;
  const padded = (dims + 3) & ~3;
  const x = new Float64Array(points.length);
  const x32 = new Float32Array(n * padded);
  const squares = new Float64Array(n);
  for (let i = 0, p = 0; i < n; i++)
    for (let j = 0; j < dims; j++, p++) {
      const value = points[p] - mean[j];
      x[p] = value;
      x32[i * padded + j] = value;
      squares[i] += value * value;
    }
  return { n, dims, padded, mean, x, x32, squares };
}
