import { symmetricEigen } from "./eigen.ts";

/** Nodes and weights with Σ w f(x) ≈ E f(X). */
export interface Quadrature {
  readonly nodes: Float64Array;
  readonly weights: Float64Array;
}

/**
 * Gauss–Hermite rule of n points for a standard normal X: exact for polynomials up to degree 2n − 1. Golub & Welsch
 * (1969): nodes are the eigenvalues of the Jacobi matrix, weights the squared first entries of its eigenvectors.
 */
export function gaussHermite(n: number): Quadrature {
  const jacobi = new Float64Array(n * n);
  for (let i = 1; i < n; i++) {
    jacobi[i * n + i - 1] = Math.sqrt(i);
    jacobi[(i - 1) * n + i] = Math.sqrt(i);
  }
  const { values, vectors } = symmetricEigen(jacobi, n);
  return {
    nodes: values.slice().reverse(),
    weights: Float64Array.from({ length: n }, (_, j) => vectors[n - 1 - j] ** 2),
  };
}
