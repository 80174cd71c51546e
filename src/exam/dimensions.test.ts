import { expect, test } from "vitest";
import { simulate, simulateItems } from "../irt/index.ts";
import { dimensionsByValidation } from "./gp-weights.ts";

test("dimensions by the error of held-out subjects' scores: fewer for simple data", () => {
  const { matrix } = simulate(simulateItems("2pl", { items: 40, seed: 1 }), { subjects: 40, seed: 2 });
  const { dims, errors } = dimensionsByValidation(matrix, [1, 10]);
  expect(dims).toBe(errors[0] <= errors[1] ? 1 : 10);
  for (const error of errors) expect(error).toBeLessThan(0.1);
  expect(() => dimensionsByValidation({ ...matrix, subjects: matrix.subjects.slice(0, 4) }, [1])).toThrow(
    /too few subjects/,
  );
});
