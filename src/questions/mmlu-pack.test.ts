import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { shared, testOnRealData } from "../../test/shared.ts";
import { readEmbedded } from "../files/index.ts";
import { rowCount } from "./features.ts";
import { lexicalFeatures } from "./lexical.ts";
import { readMmluPack, type ScoredQuestions, writeMmluPack } from "./mmlu-pack.ts";

const question = (i: number, ...scores: number[]) => ({
  question: `Question number ${i}, what is ${i} and ${i * i}?`,
  scores: Object.fromEntries(scores.map((score, s) => [`model ${s}`, score])),
});
const train = [question(1, 0, 0.3, 1), question(2, 1, 0, 0), question(3, 0, 0, 0.1)];
const other = [question(4, 1, 1, 0), question(5, 0, 1, 0)];

test("what is packed is read again", () => {
  const written = writeMmluPack(train, other);
  const pack = readMmluPack(written);
  expect(pack.training).toBe(3);
  expect(pack.responses.subjects).toEqual(["model 0", "model 1", "model 2"]);
  expect([...pack.responses.scores]).toEqual([0, 1, 0, 1, 0, 1, 0, 0, 1, 1, 1, 0, 1, 0, 0]);
  const made = lexicalFeatures(pack.lexical)([...train, ...other].map((entry) => entry.question));
  expect(made.source).toEqual(pack.features.source);
  for (let i = 0; i < made.values.length; i++)
    expect(Math.abs(made.values[i] - pack.features.values[i])).toBeLessThanOrEqual(0.5 / 127 + 1e-6);
  // A view into a larger buffer, as Node's readFileSync may return.
  expect(readMmluPack(Buffer.concat([Buffer.from("before"), written]).subarray(6)).features).toEqual(
    pack.features,
  );
});

test("a pack of another version, a cut one and another file are each refused in one sentence", () => {
  const bytes = writeMmluPack(train, other);
  const newer = bytes.slice();
  newer[8] = 9;
  expect(() => readMmluPack(newer)).toThrow(/version.*not known.*found version 9, expected version 1/);
  expect(() => readMmluPack(bytes.subarray(0, bytes.length - 1))).toThrow(/not whole/);
  for (let length = 0; length < 400; length++)
    expect(() => readMmluPack(bytes.subarray(0, length))).toThrow("pack");
  expect(() => readMmluPack(new Uint8Array(1000))).toThrow(/not a Tripos MMLU pack/);
});

testOnRealData("the embedded pack is what the script makes from RouterDC's files, and at most 1 MB", () => {
  const read = (name: string) =>
    JSON.parse(readFileSync(shared(`data/routerdc/${name}`), "utf8")) as ScoredQuestions;
  const made = writeMmluPack(read("mmlu_train.json"), read("mmlu_test.json"));
  const embedded = readEmbedded("mmlu.pack");
  expect(Buffer.compare(made, embedded)).toBe(0);
  expect(made.length).toBeLessThanOrEqual(1_000_000);
});

test("the embedded pack holds the known accuracies", () => {
  const { responses, training, features } = readMmluPack(readEmbedded("mmlu.pack"));
  const { subjects, items, scores } = responses;
  expect([subjects.length, training, items.length, rowCount(features)]).toEqual([7, 2000, 6213, 6213]);
  const s = subjects.indexOf("meta-llama/Meta-Llama-3-8B");
  const right = scores.subarray(s * items.length + training, (s + 1) * items.length);
  expect(right.reduce((sum, score) => sum + score, 0) / right.length).toBeCloseTo(0.64586, 5);
});
