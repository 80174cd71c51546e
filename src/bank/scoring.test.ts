import { expect, test } from "vitest";
import { simulate, simulateItems } from "../irt/index.ts";
import { calibrateBank } from "./calibrate.ts";
import { inPoints } from "./scoring.ts";

const items = simulateItems("graded", { items: 6, seed: 1, categories: 3 });
const { matrix } = simulate(items, { subjects: 60, seed: 2 });

test("whole points are told from right and wrong, shares and percentages", () => {
  expect(inPoints(matrix)).toBe(true);
  expect(inPoints({ ...matrix, scores: matrix.scores.map((x) => Math.min(1, x)) })).toBe(false);
  expect(inPoints({ ...matrix, scores: matrix.scores.map((x) => x / 2) })).toBe(false);
  expect(inPoints({ ...matrix, scores: matrix.scores.map((x) => 50 * x) })).toBe(false);
});

test("where no model is named, whole points get an ordered one, chosen by held-out responses", async () => {
  const bank = await calibrateBank(matrix, { tripos: "test" });
  expect(bank.scoring).toBe("score");
  expect(bank.candidates.map(({ family }) => family)).toEqual(["graded", "gpcm"]);
  expect(bank.parameters.categories).toBe(3);
  await expect(calibrateBank(matrix, { tripos: "test", model: "2pl" })).rejects.toThrow(
    "outside the range of right and wrong",
  );
});
