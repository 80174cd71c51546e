import fc from "fast-check";
import { expect, test } from "vitest";
import { fitLexical, lexicalEmbedder, lexicalFeatures } from "./lexical.ts";

const sums = Array.from(
  { length: 20 },
  (_, i) => `Natalia sold ${i} clips and ${i + 3} more. How many altogether?`,
);
const laws = Array.from(
  { length: 20 },
  (_, i) => `Which statute governs the contract of ${"parties".slice(i % 5)}?`,
);
const model = fitLexical([...sums, ...laws], { dims: 8 });
const features = lexicalFeatures(model);
const cosine = (a: string, b: string) => {
  const { values } = features([a, b]);
  let sum = 0;
  for (let d = 0; d < 8; d++) sum += values[d] * values[8 + d];
  return sum;
};

test("a text is closer to its like than to another kind", () => {
  expect(cosine("Tom sold 99 clips. How many more?", sums[3])).toBeGreaterThan(
    cosine("Tom sold 99 clips. How many more?", laws[3]) + 0.3,
  );
});

test("the same texts and seed give the same model; case and white space do not matter", async () => {
  const embedder = lexicalEmbedder(model);
  expect(lexicalEmbedder(fitLexical([...sums, ...laws], { dims: 8 })).source).toEqual(embedder.source);
  const { values } = await embedder.embed(["Which  STATUTE\n governs", "which statute governs "]);
  expect(values.subarray(0, 8)).toEqual(values.subarray(8));
});

test("any text has finite features of length one or zero", () => {
  const junk = fc.uint16Array({ maxLength: 100 }).map((units) => String.fromCharCode(...units));
  const text = fc.oneof(junk, fc.string(), fc.constant(""));
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 5 }), (texts) => {
      const { values } = features(texts);
      texts.forEach((_, t) => {
        const length = Math.hypot(...values.subarray(8 * t, 8 * t + 8));
        expect(length < 1e-6 || Math.abs(length - 1) < 1e-5).toBe(true);
      });
    }),
    { numRuns: 40 },
  );
  expect([...features([""]).values]).toEqual(new Array(8).fill(0));
});

test("a very long text takes bounded time, and its two ends count", () => {
  const long = "lorem ipsum ".repeat(100_000);
  const started = performance.now();
  const { values } = features([`${sums[0]}${long}`, long]);
  expect(performance.now() - started).toBeLessThan(1000);
  expect(values.subarray(0, 8)).not.toEqual(values.subarray(8));
});

test("fewer texts than features leaves the rest of the features zero", () => {
  const small = lexicalFeatures(fitLexical(["one text", "and another"], { dims: 8 }));
  const { values } = small(["one text"]);
  expect(Math.hypot(...values.subarray(0, 8))).toBeCloseTo(1, 5);
  expect([...values.subarray(2)].every((value) => value === 0)).toBe(true);
});
