import { expect, test } from "vitest";
import { pairedBootstrap } from "./bootstrap.ts";
import { seededNormal, seededRandom } from "./random.ts";

test("the interval of a mean covers the truth about as often as it says", () => {
  const normal = seededNormal(seededRandom(5));
  let covered = 0;
  const runs = 400;
  for (let run = 0; run < runs; run++) {
    const sample = Float64Array.from({ length: 100 }, normal);
    const { interval } = pairedBootstrap(sample, [], { resamples: 400, seed: run });
    if (interval[0] <= 0 && interval[1] >= 0) covered++;
  }
  expect(covered / runs).toBeGreaterThan(0.91);
  expect(covered / runs).toBeLessThan(0.98);
});

test("differences are paired: a rival that differs by a constant has an interval of no width", () => {
  const normal = seededNormal(seededRandom(6));
  const mine = Float64Array.from({ length: 50 }, normal);
  const { differences } = pairedBootstrap(mine, [mine.map((x) => x - 0.25)]);
  expect(differences[0].mean).toBeCloseTo(0.25, 12);
  expect(differences[0].interval[0]).toBeCloseTo(0.25, 12);
  expect(differences[0].interval[1]).toBeCloseTo(0.25, 12);
});
