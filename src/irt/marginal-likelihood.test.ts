import { expect, test } from "vitest";
import { calibrateMml, calibrateVariational, marginalLogLikelihood } from "./index.ts";
import { simulate, simulateItems } from "./simulate.ts";

test("agrees with quadrature, in one dimension and in two", () => {
  for (const dims of [1, 2]) {
    const items = simulateItems("2pl", { items: 30, dims, seed: 3 });
    const { matrix } = simulate(items, { subjects: 300, seed: 4 });
    const mml = calibrateMml(matrix, { dims });
    const sampled = marginalLogLikelihood(matrix, mml.items, mml.abilities, mml.latent);
    expect(sampled).toBeCloseTo(mml.logLikelihood, 0);
    // Another engine's estimates are a little less likely than the maximum, if by less than one unit for each eight parameters.
    const other = calibrateVariational(matrix, { dims });
    const theirs = marginalLogLikelihood(matrix, other.items, other.abilities, other.latent);
    expect(theirs).toBeLessThan(mml.logLikelihood + 0.5);
    expect(theirs).toBeGreaterThan(mml.logLikelihood - mml.parameterCount / 8);
  }
});
