import fc from "fast-check";
import { expect, test } from "vitest";
import { seededNormal, seededRandom } from "../numerics/index.ts";
import type { Cells, Gaussians, SweepJob } from "./logistic-sweep.ts";
import { sweepPlainly } from "./logistic-sweep-plain.ts";
import { sharedDoubles, startSweepThreads, sweepHere } from "./sweep-threads.ts";

interface Case {
  rows: number;
  columns: number;
  size: number;
  fixed: boolean;
  tight: boolean;
  seed: number;
}

/** Random responses (some missing, some fractional) and posteriors, always the same for a case. */
function draw({ rows, columns, size, fixed, tight, seed }: Case): { cells: Cells; job: SweepJob } {
  const random = seededRandom(seed);
  const normal = seededNormal(random);
  const cells = {
    rows,
    columns,
    trials: new Float32Array(rows * columns),
    successes: new Float32Array(rows * columns),
  };
  for (let at = 0; at < rows * columns; at++) {
    if (random() < 0.2) continue;
    cells.trials[at] = random() < 0.8 ? 1 : 5;
    cells.successes[at] = cells.trials[at] * Math.round(4 * random()) * 0.25;
  }
  const gaussians = (n: number, constant: boolean): Gaussians => {
    const mean = sharedDoubles(n * size);
    const covariance = sharedDoubles(n * size * size);
    for (let r = 0; r < n; r++)
      for (let k = 0; k < size; k++) {
        const known = constant && k === size - 1;
        mean[r * size + k] = known ? 1 : normal();
        covariance[(r * size + k) * size + k] = known ? 0 : 0.05 + random();
      }
    return { rows: n, size, mean, covariance };
  };
  const priorPrecision = new Float64Array(size * size);
  for (let k = 0; k < size; k++) priorPrecision[k * size + k] = 1 + k;
  return {
    cells,
    job: {
      side: 0,
      target: gaussians(rows, fixed),
      source: gaussians(columns, !fixed),
      priorMean: Float64Array.from({ length: size }, normal),
      priorPrecision,
      fixed,
      tight,
      bound: true,
      expected: sharedDoubles(rows),
      logDeterminants: sharedDoubles(rows),
    },
  };
}

const numbersOf = ({ target, expected, logDeterminants }: SweepJob): Float64Array[] => [
  target.mean,
  target.covariance,
  expected,
  logDeterminants,
];

test("the kernel agrees with its plain twin at any size", () => {
  const cases = fc.record({
    rows: fc.integer({ min: 1, max: 300 }),
    columns: fc.integer({ min: 1, max: 150 }),
    size: fc.integer({ min: 2, max: 9 }),
    fixed: fc.boolean(),
    tight: fc.boolean(),
    seed: fc.nat(),
  });
  fc.assert(
    fc.property(cases, (shape) => {
      const fast = draw(shape);
      const plain = draw(shape);
      sweepHere([fast.cells, fast.cells])(fast.job);
      sweepPlainly([plain.cells, plain.cells])(plain.job);
      const expected = numbersOf(plain.job);
      numbersOf(fast.job).forEach((numbers, which) => {
        const gaps = numbers.map(
          (x, at) => Math.abs(x - expected[which][at]) / (1 + Math.abs(expected[which][at])),
        );
        expect(gaps.reduce((worst, gap) => Math.max(worst, gap), 0)).toBeLessThan(1e-4);
      });
    }),
    { numRuns: 40 },
  );
});

test("any number of threads gives the same numbers, bit for bit", async () => {
  const shape = { rows: 301, columns: 77, size: 4, fixed: false, tight: true, seed: 5 };
  const here = draw(shape);
  sweepHere([here.cells, here.cells])(here.job);
  for (const count of [1, 2, 4]) {
    const there = draw(shape);
    const threads = await startSweepThreads([there.cells, there.cells], count);
    expect(threads).toBeDefined();
    await threads?.run(there.job);
    threads?.stop();
    numbersOf(there.job).forEach((numbers, which) => {
      expect(
        Buffer.compare(Buffer.from(numbers.buffer), Buffer.from(numbersOf(here.job)[which].buffer)),
      ).toBe(0);
    });
  }
});
