import { expect, test } from "vitest";
import { simulatedQuestions } from "../../test/simulated-questions.ts";
import { decodeRouter, encodeRouter, route, trainRouter } from "./index.ts";

const train = simulatedQuestions(600, 1);
const router = trainRouter(train.matrix, { trees: 60, seed: 3 });

test("each question goes to the model that is best at its kind, with an honest probability", () => {
  const { matrix, truth } = simulatedQuestions(300, 2);
  let right = 0;
  let error = 0;
  matrix.texts?.forEach((text, i) => {
    const decision = route(router, { text });
    const p = [0, 1, 2].map((m) => truth[m * 300 + i]);
    if (p[router.models.indexOf(decision.model)] === Math.max(...p)) right++;
    for (const { model, p: said } of decision.candidates)
      error += Math.abs(said - p[router.models.indexOf(model)]) / 900;
  });
  expect(right / 300).toBeGreaterThan(0.97);
  expect(error).toBeLessThan(0.07);
});

test("a router written and read decides the same, and the same data and seed give the same bytes", () => {
  const files = encodeRouter(router);
  const again = decodeRouter(files, "router");
  for (const text of train.matrix.texts?.slice(0, 20) ?? [])
    expect(route(again, { text })).toEqual(route(router, { text }));
  const repeated = encodeRouter(trainRouter(train.matrix, { trees: 60, seed: 3 }));
  expect([...repeated.keys()]).toEqual([...files.keys()]);
  for (const [name, bytes] of files)
    expect(Buffer.compare(repeated.get(name) ?? bytes.subarray(1), bytes)).toBe(0);
});

test("a newer version, a missing file and a missing array are named", () => {
  const files = encodeRouter(router);
  const json = new TextDecoder().decode(files.get("router.json"));
  const changed = (from: string, to: string) =>
    new Map([...files, ["router.json", new TextEncoder().encode(json.replace(from, to))]]);
  expect(() => decodeRouter(changed('"version": 3', '"version": 4'), "r")).toThrow(/another version/);
  expect(() => decodeRouter(new Map(), "r")).toThrow(/not a router/);
  expect(() => decodeRouter(changed("forest.values", "forest.gone"), "r")).toThrow(/forest\.gone/);
});
