import fc from "fast-check";
import { expect, test } from "vitest";
import { styleFeatures, styleNames } from "./style.ts";

const named = (text: string): Record<string, number> => {
  const values = styleFeatures(text);
  return Object.fromEntries(styleNames.map((name, f) => [name, values[f]]));
};

test("what is named is counted", () => {
  const choice = named("Which of these is prime?\nA. 4\nB. 7\nC. nine\nD. ten");
  expect(choice.options).toBe(4);
  expect(choice["numeric options"]).toBe(0.5);
  expect(choice.lines).toBeCloseTo(Math.log1p(5), 5);
  expect(choice["begins with a question word"]).toBe(1);
  const code = named("def f(x):\n    return x * x\n");
  expect(code["code words"]).toBeGreaterThan(1);
  expect(code.options).toBe(0);
  const sum = named("Tom has 12 eggs and sells 5 for $3. How many are left?");
  expect(sum.numbers).toBeCloseTo(Math.log1p(3), 5);
  expect(sum["asks how many"]).toBeCloseTo(Math.LN2, 5);
  expect(sum["ends in a question mark"]).toBe(1);
  expect(named("下列哪一项是质数？")["Chinese, Japanese, Korean"]).toBeGreaterThan(0.8);
});

test("any text has finite features, the empty one too", () => {
  fc.assert(
    fc.property(fc.uint16Array({ maxLength: 300 }), (units) => {
      const values = styleFeatures(String.fromCharCode(...units));
      expect(values.length).toBe(styleNames.length);
      expect(values.every(Number.isFinite)).toBe(true);
    }),
  );
  expect(styleFeatures("").every(Number.isFinite)).toBe(true);
});

test("a text of a megabyte, of any kind, takes bounded time", () => {
  for (const piece of ["write ", " ", "_", "A. x\n", "(((", "\u4e00", "a1 "]) {
    const text = piece.repeat(Math.ceil(1e6 / piece.length));
    styleFeatures(text);
    const started = performance.now();
    styleFeatures(text);
    expect(performance.now() - started).toBeLessThan(2000);
  }
});
