import { cholesky, invertCholesky, solveCholesky } from "./cholesky.ts";

/**
 * Inverse of the information under linear constraints G·δ = 0 (rows of `constraints`, k × m), which identify a model
 * whose information is singular (rotation): Z(ZᵀHZ)⁻¹Zᵀ with Z the null space of G, computed as
 * M⁻¹ − M⁻¹Gᵀ(G M⁻¹ Gᵀ)⁻¹G M⁻¹ with M = H + GᵀG. Returns undefined where that is not positive definite.
 */
export function constrainedInverse(
  h: Float64Array,
  m: number,
  constraints: readonly Float64Array[] = [],
): Float64Array | undefined {
  const factor = h.slice();
  for (const g of constraints)
    for (let r = 0; r < m; r++) for (let c = 0; c < m; c++) factor[r * m + c] += g[r] * g[c];
  if (!cholesky(factor, m)) return undefined;
  const inverse = invertCholesky(factor, m);
  const k = constraints.length;
  if (k === 0) return inverse;
  const solved = constraints.map((g) => solveCholesky(factor, m, g.slice()));
  const small = new Float64Array(k * k);
  for (let a = 0; a < k; a++)
    for (let b = 0; b < k; b++)
      for (let r = 0; r < m; r++) small[a * k + b] += constraints[a][r] * solved[b][r];
  if (!cholesky(small, k)) return undefined;
  const middle = invertCholesky(small, k);
  for (let r = 0; r < m; r++)
    for (let c = 0; c < m; c++)
      for (let a = 0; a < k; a++)
        for (let b = 0; b < k; b++) inverse[r * m + c] -= solved[a][r] * middle[a * k + b] * solved[b][c];
  return inverse;
}
