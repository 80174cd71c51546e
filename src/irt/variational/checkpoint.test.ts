import { expect, test } from "vitest";
import { selectItems } from "../../responses/index.ts";
import { simulate, simulateItems } from "../simulate.ts";
import {
  calibrateVariational,
  calibrateVariationalInThreads,
  type VariationalCheckpoint,
  type VariationalOptions,
} from "./index.ts";

const truth = simulateItems("2pl", { items: 40, dims: 2, seed: 1 });
const { matrix } = simulate(truth, { subjects: 30, seed: 2 });
const first = Array.from({ length: 20 }, (_, i) => i);
const known = calibrateVariational(selectItems(matrix, first), { dims: 2 });

const cases: [string, VariationalOptions][] = [
  ["two dimensions", { dims: 2 }],
  ["new items beside known ones", { fixed: { items: first, parameters: known.items } }],
];

test.each(cases)("%s: an interrupted estimation goes on to the same bits", async (_, given) => {
  const options = { ...given, maxIterations: 40 };
  const states: VariationalCheckpoint[] = [];
  const whole = calibrateVariational(matrix, { ...options, onCheckpoint: (take) => states.push(take()) });
  expect(states.length).toBeGreaterThan(10);
  for (const from of [states[2], states[states.length - 1]])
    expect(calibrateVariational(matrix, { ...options, from })).toEqual(whole);
  expect(await calibrateVariationalInThreads(matrix, { ...options, from: states[7], threads: 2 })).toEqual(
    whole,
  );
});
