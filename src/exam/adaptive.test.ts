import fc from "fast-check";
import { expect, test } from "vitest";
import { logistic, seededNormal, seededRandom } from "../numerics/index.ts";
import { type AdaptiveState, adaptiveExam } from "./adaptive.ts";
import { adaptiveCriteria, questionWorth } from "./adaptive-criteria.ts";

function simulated(n: number, dims: number, seed: number) {
  const normal = seededNormal(seededRandom(seed));
  return {
    family: "2pl" as const,
    dims,
    discrimination: Float64Array.from({ length: n * dims }, () => Math.exp(0.4 * normal()) / Math.sqrt(dims)),
    intercept: Float64Array.from({ length: n }, () => 1.5 * normal()),
  };
}

/** Takes the exam as a subject of known ability. */
function take(
  exam: ReturnType<typeof adaptiveExam>,
  items: ReturnType<typeof simulated>,
  theta: number[],
  seed: number,
) {
  const random = seededRandom(seed);
  let state = exam.next(exam.start());
  while (state.pending !== null) {
    const i = state.pending;
    let z = items.intercept[i];
    theta.forEach((t, j) => {
      z += t * items.discrimination[i * items.dims + j];
    });
    // Through JSON at every step, as a browser or a server would keep it.
    state = JSON.parse(
      JSON.stringify(exam.answer(state, { score: random() < logistic(z) ? 1 : 0, cost: 0.5 })),
    ) as AdaptiveState;
    state = exam.next(state);
  }
  return state;
}

test("every criterion asks each question once, ends where told and comes near the ability", () => {
  for (const criterion of adaptiveCriteria)
    for (const dims of [1, 2]) {
      const items = simulated(300, dims, 5);
      const exam = adaptiveExam(items, { criterion, stop: { most: 60 } });
      const errors = [-1, 0, 1].flatMap((t, r) => {
        const state = take(exam, items, new Array(dims).fill(t), r);
        expect(state.answers.length).toBe(60);
        expect(new Set(state.answers.map(({ item }) => item)).size).toBe(60);
        expect(exam.over(state)).toBe("most");
        return [Math.abs(state.ability.reduce((a, b) => a + b) / dims - t)];
      });
      expect(Math.max(...errors)).toBeLessThan(0.9);
    }
});

test("in one dimension maximum information halves the error of random questions, or nearly", () => {
  const items = simulated(400, 1, 8);
  const errorOf = (criterion: "fisher" | "random") => {
    const exam = adaptiveExam(items, { criterion, stop: { most: 25 } });
    let square = 0;
    for (let r = 0; r < 120; r++) {
      const theta = -2 + (4 * r) / 119;
      square += (take(exam, items, [theta], r).ability[0] - theta) ** 2 / 120;
    }
    return Math.sqrt(square);
  };
  expect(errorOf("fisher")).toBeLessThan(0.75 * errorOf("random"));
});

test("stopping by standard error, cost and a least number", () => {
  const items = simulated(300, 1, 2);
  const precise = adaptiveExam(items, { stop: { standardError: 0.4 } });
  const state = take(precise, items, [0.2], 1);
  expect(precise.over(state)).toBe("standardError");
  expect(Math.sqrt(state.covariance[0])).toBeLessThanOrEqual(0.4);
  const cheap = adaptiveExam(items, { stop: { cost: 5 } });
  expect(take(cheap, items, [0.2], 1).answers.length).toBe(10);
  const long = adaptiveExam(items, { stop: { cost: 5, least: 15 } });
  expect(take(long, items, [0.2], 1).answers.length).toBe(15);
  const all = adaptiveExam(simulated(7, 1, 1), { stop: { most: 50 } });
  expect(all.over(take(all, simulated(7, 1, 1), [0], 1))).toBe("noQuestionLeft");
});

test("groups have their shares, whatever the shares", () => {
  fc.assert(
    fc.property(fc.double({ min: 0.1, max: 0.9, noNaN: true }), (share) => {
      const items = simulated(120, 1, 3);
      const groups = Array.from({ length: 120 }, (_, i) => (i % 2 ? "a" : "b"));
      const exam = adaptiveExam(items, { stop: { most: 20 }, groups, shares: { a: share, b: 1 - share } });
      const { answers } = take(exam, items, [0], 4);
      const a = answers.filter(({ item }) => groups[item] === "a").length;
      expect(Math.abs(a - 20 * share)).toBeLessThanOrEqual(1);
    }),
    { numRuns: 15 },
  );
});

test("exposure control spreads the first question over the best ones", () => {
  const items = simulated(100, 1, 6);
  const firsts = Array.from({ length: 40 }, (_, seed) => {
    const exam = adaptiveExam(items, { stop: { most: 5 }, among: 5, seed });
    return exam.next(exam.start()).pending;
  });
  expect(new Set(firsts).size).toBe(5);
});

test("missing answers count as asked, not as wrong", () => {
  const items = simulated(50, 1, 6);
  const exam = adaptiveExam(items, { stop: { most: 5 } });
  const state = exam.answer(exam.next(exam.start()), { score: null });
  expect(state.ability).toEqual([0]);
  expect(exam.next(state).pending).not.toBe(state.answers[0].item);
  expect(() => exam.answer(exam.start(), { score: 1 })).toThrow(/no question is pending/);
});

test("the worth for the score is the decrease of its variance", () => {
  const items = simulated(5, 2, 9);
  const standpoint = { ability: [0.3, -0.4], covariance: [0.8, 0.1, 0.1, 0.6] };
  const worth = questionWorth(items, standpoint, "score");
  const p = (i: number) =>
    logistic(items.intercept[i] + 0.3 * items.discrimination[2 * i] - 0.4 * items.discrimination[2 * i + 1]);
  const g = [0, 1].map((j) =>
    [0, 1, 2, 3, 4].reduce((sum, i) => sum + p(i) * (1 - p(i)) * items.discrimination[2 * i + j], 0),
  );
  const invert = ([a, b, c, d]: number[]) => [d, -b, -c, a].map((x) => x / (a * d - b * c));
  const variance = (m: number[]) => g[0] ** 2 * m[0] + g[0] * g[1] * (m[1] + m[2]) + g[1] ** 2 * m[3];
  for (let i = 0; i < 5; i++) {
    const [a, b] = [items.discrimination[2 * i], items.discrimination[2 * i + 1]];
    const w = p(i) * (1 - p(i));
    const precision = invert(standpoint.covariance);
    const after = invert([
      precision[0] + w * a * a,
      precision[1] + w * a * b,
      precision[2] + w * a * b,
      precision[3] + w * b * b,
    ]);
    expect(worth[i]).toBeCloseTo(variance(standpoint.covariance) - variance(after), 10);
  }
});

test("among several best questions each sitting draws its own, and the same again", () => {
  const items = simulated(200, 1, 3);
  const asked = (sitting: string) => {
    const exam = adaptiveExam(items, { stop: { most: 5 }, among: 5, sitting });
    return take(exam, items, [0], 1).answers.map(({ item }) => item);
  };
  expect(asked("model-a")).toEqual(asked("model-a"));
  const first = ["model-a", "model-b", "model-c", "model-d", "model-e"].map((name) => asked(name)[0]);
  expect(new Set(first).size).toBeGreaterThan(1);
});
