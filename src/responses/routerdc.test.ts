import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { shared, testOnRealData } from "../../test/shared.ts";
import { InputError } from "../input-error.ts";
import { readRouterDC, requireSameSubjects } from "./index.ts";

const entry = (question: string, scores: Record<string, unknown>, more = {}) => ({
  question,
  scores,
  ...more,
});
const read = (content: unknown) => readRouterDC(JSON.stringify(content, null, 1), "train.json");

test("scores, texts and other fields are kept as they are", () => {
  const file = readRouterDC(
    JSON.stringify([entry("a", { m: 0.3, n: 0 }, { cluster_id: 4 }), entry("b", { n: 1, m: 0 })]),
    "x",
    2000,
  );
  expect(file.matrix.subjects).toEqual(["m", "n"]);
  expect(file.matrix.items).toEqual(["q2000", "q2001"]);
  expect(Array.from(file.matrix.scores)).toEqual([0.3, 0, 0, 1]);
  expect(file.matrix.texts).toEqual(["a", "b"]);
  expect(file.entries[0]).toEqual(entry("a", { m: 0.3, n: 0 }, { cluster_id: 4 }));
});

test.each([
  ["not a list", { question: "a" }, /does not hold a list/],
  ["empty", [], /empty/],
  [
    "no question",
    [entry("a", { m: 1 }), { scores: { m: 1 } }],
    /entry 1, line \d+, column \d+, field "question"/,
  ],
  ["null entry", [null], /entry 0.*no question/],
  ["no scores", [{ question: "a" }], /entry 0, line 2, column 2, field "scores": the entry has no scores/],
  ["no models", [entry("a", {})], /no models/],
  [
    "string",
    [entry("a", { m: 1 }), entry("b", { m: "1" })],
    /entry 1, line 11, column 9, field "scores.m".*found "1"/,
  ],
  ["null", [entry("a", { m: null })], /field "scores.m".*found null/],
  ["negative", [entry("a", { m: -0.5 })], /field "scores.m".*found -0.5/],
  ["a model less", [entry("a", { m: 1, n: 0 }), entry("b", { m: 1 })], /entry 1.*found "without n"/],
  ["a model more", [entry("a", { m: 1 }), entry("b", { m: 1, n: 0 })], /entry 1.*found "with n besides"/],
])("bad input: %s", (_, content, message) => {
  expect(() => read(content)).toThrow(InputError);
  expect(() => read(content)).toThrow(message);
});

test("NaN, as Python writes it, is named with its place", () => {
  const text = '[{"question": "a", "scores": {"m": NaN}}]';
  expect(() => readRouterDC(text, "x.json")).toThrow(
    /x.json, line 1, column 36 \(entry 0, scores, m\).*found NaN/,
  );
});

test("duplicates are kept and counted, contradictions warned of", () => {
  const file = read([entry("a", { m: 1 }), entry("b", { m: 0 }), entry("a", { m: 1 }), entry("b", { m: 1 })]);
  expect(file.matrix.items.length).toBe(4);
  expect(file.duplicates).toBe(2);
  expect(file.warnings).toEqual([expect.stringContaining("entries 1 and 3")]);
  expect(file.warnings[0]).not.toContain("0 and 2");
});

test("other models in training and test are named", () => {
  const of = (source: string, ...subjects: string[]) => ({ source, subjects });
  expect(() => requireSameSubjects(of("train", "a", "b"), of("test", "b", "a"))).not.toThrow();
  expect(() => requireSameSubjects(of("train", "a", "b"), of("test", "b", "c"))).toThrow(
    /a only in train; c only in test/,
  );
});

testOnRealData("RouterDC's MMLU files", () => {
  const file = (name: string, first: number) =>
    readRouterDC(readFileSync(shared(`data/routerdc/${name}`), "utf8"), name, first);
  const train = file("mmlu_train.json", 0);
  const held = file("mmlu_test.json", 2000);
  requireSameSubjects({ ...train.matrix, source: "train" }, { ...held.matrix, source: "test" });
  expect([train.matrix.subjects.length, train.entries.length, held.entries.length]).toEqual([7, 2000, 4213]);
  expect(held.duplicates).toBe(8);
  expect(held.matrix.items.at(-1)).toBe("q6212");
});
