import { expect, test } from "vitest";
import { simulatedQuestions } from "../../test/simulated-questions.ts";
import { predict, similarTo, trainRouter } from "./index.ts";

const { matrix } = simulatedQuestions(600, 1);
const router = trainRouter(matrix, { trees: 30 });

test("a training question is most like itself, and the next ones are of its kind", () => {
  const texts = matrix.texts ?? [];
  for (const i of [3, 77, 500]) {
    const [self, ...others] = similarTo(router, texts[i]);
    expect(self).toEqual({ id: `dataset 1/${matrix.items[i]}`, similarity: 1 });
    for (const { id, similarity } of others) {
      const words = (text: string) => new Set(text.split(/\W+/).slice(3));
      const shared = [...words(texts[Number(id.split("/q")[1])])].filter((word) => words(texts[i]).has(word));
      expect(shared.length).toBeGreaterThan(1);
      expect(similarity).toBeLessThan(1);
    }
  }
});

test("intervals of P cover the truth of simulated questions, and grow narrower with more training", () => {
  const fresh = simulatedQuestions(200, 2);
  const wide = trainRouter(simulatedQuestions(150, 1).matrix, { trees: 30 });
  const judged = [wide, router].map((each) => {
    let covered = 0;
    let length = 0;
    fresh.matrix.texts?.forEach((text, i) => {
      const { low, high } = predict(each, text);
      for (let m = 0; m < 3; m++) {
        const truth = fresh.truth[m * 200 + i];
        if (low[m] <= truth && truth <= high[m]) covered++;
        length += high[m] - low[m];
      }
    });
    return { covered: covered / 600, length: length / 600 };
  });
  for (const { covered } of judged) expect(covered).toBeGreaterThan(0.93);
  expect(judged[1].length).toBeLessThan(judged[0].length);
});

test("a question unlike all of training gets the models' overall rates and a wider interval", () => {
  const known = predict(router, matrix.texts?.[0] ?? "");
  const strange = predict(router, "Фотосинтез 光合作用 §§ {{}} \u0000\u0001 ".repeat(40));
  expect(strange.novelty).toBeGreaterThan(0.5);
  const away = (p: Float64Array) => Math.max(...p.map((value, m) => Math.abs(value - router.rewards[m])));
  expect(away(strange.p)).toBeLessThan(0.1);
  expect(away(strange.p)).toBeLessThan(away(known.p));
  expect(strange.high[0] - strange.low[0]).toBeGreaterThan(known.high[0] - known.low[0]);
});
