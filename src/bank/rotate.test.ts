import { expect, test } from "vitest";
import { simulate, simulateItems } from "../irt/index.ts";
import { calibrateBank } from "./calibrate.ts";
import { predictor } from "./predict.ts";
import { rotateBank } from "./rotate.ts";

test.each(["varimax", "oblimin"] as const)(
  "%s leaves every prediction and its uncertainty as it was",
  async (criterion) => {
    const { matrix } = simulate(simulateItems("2pl", { items: 20, dims: 2, seed: 1 }), {
      subjects: 40,
      seed: 2,
    });
    const bank = await calibrateBank(matrix, { dims: 2, tripos: "0" });
    const rotated = rotateBank(bank, criterion);
    expect(rotated.parameters.discrimination).not.toEqual(bank.parameters.discrimination);
    const [before, after] = [predictor(bank), predictor(rotated)];
    for (let s = 0; s < 40; s++)
      for (let i = 0; i < 20; i++) expect(after(s, i)).toBeCloseTo(before(s, i), 10);
    const [variance, covariance] = rotated.latent.covariance;
    expect(variance).toBeCloseTo(1, 10);
    if (criterion === "varimax") expect(covariance).toBeCloseTo(0, 10);
    else expect(Math.abs(covariance)).toBeGreaterThan(1e-3);
  },
);
