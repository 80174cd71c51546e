import { expect, test } from "vitest";
import { minimizeBfgs } from "./minimize.ts";

test("finds the minimum of Rosenbrock's function from SciPy's classic start", () => {
  const rosenbrock = (x: Float64Array, g: Float64Array) => {
    g.fill(0);
    let sum = 0;
    for (let i = 0; i + 1 < x.length; i++) {
      const a = x[i + 1] - x[i] ** 2;
      sum += 100 * a * a + (1 - x[i]) ** 2;
      g[i] += -400 * x[i] * a - 2 * (1 - x[i]);
      g[i + 1] += 200 * a;
    }
    return sum;
  };
  const { x, converged, iterations } = minimizeBfgs(rosenbrock, [1.3, 0.7, 0.8, 1.9, 1.2]);
  expect(converged).toBe(true);
  expect(iterations).toBeLessThan(60);
  for (const xi of x) expect(xi).toBeCloseTo(1, 5);
});

test("stops without NaN where there is no minimum to be found", () => {
  const slope = (x: Float64Array, g: Float64Array) => {
    g[0] = -1;
    return -x[0];
  };
  const { x, converged } = minimizeBfgs(slope, [0], { maxIterations: 5 });
  expect(converged).toBe(false);
  expect(Number.isFinite(x[0])).toBe(true);
});
