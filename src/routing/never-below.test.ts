import { expect, test } from "vitest";
import { simulatedQuestions } from "../../test/simulated-questions.ts";
import { selectItems, selectSubjects } from "../responses/index.ts";
import { evaluateRouter, route, trainRouter } from "./index.ts";

test.each([1, 2, 3])("with shuffled texts the router stays with the best single model (seed %i)", (seed) => {
  const { matrix } = simulatedQuestions(400, seed, { shuffled: true });
  const router = trainRouter(matrix, { trees: 20, seed });
  const { matrix: fresh } = simulatedQuestions(1000, 100 + seed, { shuffled: true });
  const { details } = evaluateRouter(router, [{ name: "shuffled", matrix: fresh }]);
  expect(details[0].chosenInTraining.gain).toBeGreaterThan(-0.005);
});

test("datasets trained together: each gets at least its own best model", () => {
  const sets = [11, 12].map((seed) => simulatedQuestions(400, seed).matrix);
  // The second dataset's texts are of another kind, and its models have changed places.
  const swapped = selectSubjects(sets[1], [2, 0, 1]);
  const second = {
    ...swapped,
    subjects: sets[0].subjects,
    texts: (swapped.texts ?? []).map((text) => `Translate this sentence into French, please: ${text}`),
  };
  const half = (from: number) => Uint32Array.from({ length: 200 }, (_, i) => from + i);
  const named = [sets[0], second].map((matrix, k) => ({
    ...matrix,
    scenarios: matrix.items.map(() => `set ${k}`),
  }));
  const router = trainRouter(
    named.map((matrix) => selectItems(matrix, half(0))),
    { trees: 30 },
  );
  const { details } = evaluateRouter(
    router,
    named.map((matrix, k) => ({ name: `set ${k}`, matrix: selectItems(matrix, half(200)) })),
  );
  for (const { chosenInTraining } of details) expect(chosenInTraining.gain).toBeGreaterThan(-0.02);
});

test("one question, one model, models all alike: still a router", () => {
  const { matrix } = simulatedQuestions(60, 3);
  for (const odd of [
    selectItems(matrix, [0]),
    selectSubjects(matrix, [1]),
    { ...matrix, scores: matrix.scores.map((_, o) => matrix.scores[o % 60]) },
  ]) {
    const router = trainRouter(odd, { trees: 5 });
    const { p, interval } = route(router, { text: "anything at all" });
    expect(p).toBeGreaterThanOrEqual(0);
    expect(interval[1]).toBeLessThanOrEqual(1);
  }
});

test("missing answers are no reason to fail, missing texts are", () => {
  const { matrix } = simulatedQuestions(200, 4);
  const observed = matrix.observed.map((_, o) => (o % 3 === 0 ? 0 : 1));
  const router = trainRouter(
    { ...matrix, observed, scores: matrix.scores.map((x, o) => x * observed[o]) },
    { trees: 20 },
  );
  expect(router.rewards[0]).toBeGreaterThan(0.35);
  const { texts: _, ...textless } = matrix;
  expect(() => trainRouter(textless)).toThrow(/no question texts/);
  expect(() => trainRouter([matrix, { ...matrix, subjects: ["a", "b", "c"] }])).toThrow(/no model in common/);
});
