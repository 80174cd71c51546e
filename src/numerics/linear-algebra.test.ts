import fc from "fast-check";
import { expect, test } from "vitest";
import { cholesky, invertCholesky, logDeterminant, solveCholesky } from "./cholesky.ts";
import { symmetricEigen, thinSvd } from "./eigen.ts";

const sizes = fc.integer({ min: 1, max: 7 });
const numbers = fc.infiniteStream(fc.double({ min: -1, max: 1, noNaN: true }));
const draw = (stream: Iterator<number>, length: number) =>
  Float64Array.from({ length }, () => stream.next().value);

function product(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const c = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) for (let k = 0; k < n; k++) c[i * n + j] += a[i * n + k] * b[k * n + j];
  return c;
}

function positiveDefinite(stream: Iterator<number>, n: number): Float64Array {
  const m = draw(stream, n * n);
  const a = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      for (let k = 0; k < n; k++) a[i * n + j] += m[i * n + k] * m[j * n + k];
      if (i === j) a[i * n + j] += 0.5;
    }
  return a;
}

test("Cholesky solves, inverts and gives the determinant that the eigenvalues give", () => {
  fc.assert(
    fc.property(sizes, numbers, (n, stream) => {
      const a = positiveDefinite(stream, n);
      const l = a.slice();
      expect(cholesky(l, n)).toBe(true);
      const b = draw(stream, n);
      const x = solveCholesky(l, n, b.slice());
      for (let i = 0; i < n; i++) {
        let sum = 0;
        for (let j = 0; j < n; j++) sum += a[i * n + j] * x[j];
        expect(sum).toBeCloseTo(b[i], 10);
      }
      const unit = product(a, invertCholesky(l, n), n);
      for (let i = 0; i < n * n; i++) expect(unit[i]).toBeCloseTo(i % (n + 1) === 0 ? 1 : 0, 9);
      const { values } = symmetricEigen(a, n);
      expect(logDeterminant(l, n)).toBeCloseTo(
        values.reduce((sum, value) => sum + Math.log(value), 0),
        9,
      );
    }),
  );
});

test("Cholesky refuses a matrix that is not positive definite", () => {
  expect(cholesky(Float64Array.of(1, 2, 2, 1), 2)).toBe(false);
  expect(cholesky(Float64Array.of(Number.NaN), 1)).toBe(false);
});

test("the SVD gives the matrix back, with orthonormal factors, at any shape", () => {
  fc.assert(
    fc.property(sizes, sizes, numbers, (rows, columns, stream) => {
      const a = draw(stream, rows * columns);
      const { u, values, v, rank } = thinSvd(a, rows, columns);
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < columns; j++) {
          let sum = 0;
          for (let k = 0; k < rank; k++) sum += u[i * rank + k] * values[k] * v[j * rank + k];
          expect(Math.abs(sum - a[i * columns + j])).toBeLessThan(1e-7);
        }
    }),
  );
});
