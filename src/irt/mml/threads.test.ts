import { expect, test } from "vitest";
import { simulate, simulateItems } from "../simulate.ts";
import { calibrateMml, calibrateMmlInThreads, type MmlCheckpoint, type MmlOptions } from "./index.ts";

const cases: [string, MmlOptions, number][] = [
  ["3PL", { family: "3pl", maxIterations: 8, standardErrors: "none" }, 300],
  ["Rasch", { family: "rasch", maxIterations: 8 }, 200],
  ["graded response", { family: "graded", maxIterations: 8, standardErrors: "none" }, 200],
  ["2PL in two dimensions", { dims: 2, maxIterations: 8, quadrature: "coarse", standardErrors: "none" }, 150],
];

const drawn = ({ family = "2pl", dims = 1 }: MmlOptions, subjects: number) => {
  const categories = family === "graded" ? { categories: 4 } : {};
  const items = simulateItems(family, { items: 12, dims, seed: 1, ...categories });
  return simulate(items, { subjects, seed: 2 }).matrix;
};

test.each(cases)("%s: 1, 2 and 4 threads give the same bits", async (name, options, subjects) => {
  const matrix = drawn(options, subjects);
  const alone = calibrateMml(matrix, options);
  // Threads take longer to start than all the rest here.
  for (const threads of name === "3PL" ? [1, 2, 4] : [2])
    expect(await calibrateMmlInThreads(matrix, { ...options, threads })).toEqual(alone);
});

test.each(cases)("%s: an interrupted estimation goes on to the same bits", (_, options, subjects) => {
  const matrix = drawn(options, subjects);
  const states: MmlCheckpoint[] = [];
  const whole = calibrateMml(matrix, { ...options, onCheckpoint: (take) => states.push(take()) });
  expect(states.length).toBeGreaterThan(1);
  for (const from of [states[1], states[states.length - 1]])
    expect(calibrateMml(matrix, { ...options, from })).toEqual(whole);
});

test("what a thread cannot do is told as an error, not waited for", async () => {
  const options = { family: "2pl", maxIterations: 3 } as const;
  const matrix = drawn(options, 200);
  const failing = calibrateMmlInThreads(matrix, {
    ...options,
    threads: 2,
    onProgress: () => {
      throw new Error("stop here");
    },
  });
  await expect(failing).rejects.toThrow("stop here");
});
