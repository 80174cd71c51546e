import { expect, test } from "vitest";
import { itemObjective } from "./likelihood.ts";
import { curvePoint, responseModel } from "./models.ts";
import { nodesFor } from "./nodes.ts";

const items = {
  graded: Float64Array.of(1.3, -0.4, 1.2, 0.3, -0.8),
  gpcm: Float64Array.of(0.9, 0.5, 0.6, 0.4, -1.1),
};

test.each(["graded", "gpcm"] as const)(
  "%s: closed-form derivatives are those of the probabilities",
  (family) => {
    const model = responseModel(family, 2, 4);
    const nodes = nodesFor(2, 3, 1.5);
    const counts = Float64Array.from({ length: 4 * nodes.count }, (_, e) => 1 + ((7 * e) % 5));
    const objective = itemObjective(model, nodes, counts);
    const x = items[family];
    const value = objective.value(x, 0, 0, true);
    const { gradient, information } = { ...objective };
    const found = { gradient: gradient.slice(), information: information.slice() };

    const out = curvePoint(model);
    const expected = { value: 0, gradient: new Float64Array(5), information: new Float64Array(25) };
    for (let q = 0; q < nodes.count; q++) {
      model.evaluate(x, 0, nodes.theta, q * 2, out);
      const here = [0, 1, 2, 3].map((k) => counts[k * nodes.count + q]);
      const n = here.reduce((sum, r) => sum + r);
      here.forEach((r, k) => {
        expected.value += r * Math.log(out.p[k]);
        for (let j = 0; j < 5; j++) {
          expected.gradient[j] += (r * out.dx[k * 5 + j]) / out.p[k];
          for (let l = 0; l < 5; l++)
            expected.information[j * 5 + l] += (n * out.dx[k * 5 + j] * out.dx[k * 5 + l]) / out.p[k];
        }
      });
    }
    expect(value).toBeCloseTo(expected.value, 8);
    for (const [j, g] of found.gradient.entries()) expect(g).toBeCloseTo(expected.gradient[j], 8);
    for (const [e, h] of found.information.entries()) expect(h).toBeCloseTo(expected.information[e], 8);
  },
);

test.each(["graded", "gpcm"] as const)("%s: far logits end in numbers", (family) => {
  const model = responseModel(family, 1, 3);
  const nodes = nodesFor(1, 6, 2);
  const objective = itemObjective(model, nodes, new Float64Array(3 * nodes.count).fill(1));
  for (const x of [Float64Array.of(200, 1, 0), Float64Array.of(1, 900, -900), Float64Array.of(0, 900, 890)]) {
    expect(objective.value(x, 0, 0, true)).toBeLessThan(0);
    expect(objective.gradient.every(Number.isFinite)).toBe(true);
  }
});
