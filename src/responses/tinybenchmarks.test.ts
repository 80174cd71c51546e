import { expect, test } from "vitest";
import { runPython, testWithNumpy } from "../../test/python.ts";
import { writePickle } from "../formats/index.ts";
import { emptyMatrix, type ResponseMatrix, readTinyBenchmarks, writeTinyBenchmarks } from "./index.ts";

const matrix: ResponseMatrix = {
  ...emptyMatrix(["m", "n"], ["mmlu/0", "mmlu/1", "gsm8k/0"]),
  scores: Float64Array.of(1, 0, 0.5, 0, 0, 1),
  observed: Uint8Array.of(1, 1, 1, 1, 0, 1),
  scenarios: ["mmlu", "mmlu", "gsm8k"],
  subscenarios: ["mmlu", "mmlu", "gsm8k"],
};

test("what is written is read again, missing responses too", () => {
  expect(readTinyBenchmarks(writeTinyBenchmarks(matrix), "x")).toEqual(matrix);
});

test("MMLU's subjects become subscenarios", () => {
  const one = { shape: [1, 1], dtype: "float64", data: Float64Array.of(1) } as const;
  const pickle = writePickle({
    models: ["m"],
    data: { harness_hendrycksTest_virology_5: { correctness: one } },
  });
  const { scenarios, subscenarios } = readTinyBenchmarks(pickle, "x");
  expect([scenarios, subscenarios]).toEqual([["mmlu"], ["harness_hendrycksTest_virology_5"]]);
});

test("another structure and other shapes are named", () => {
  const array = { shape: [2, 3], dtype: "float64", data: new Float64Array(6) } as const;
  const read = (value: Parameters<typeof writePickle>[0]) => () =>
    readTinyBenchmarks(writePickle(value), "lb.pickle");
  expect(read({ data: {} })).toThrow(/"models".*keys "data"/);
  expect(read({ models: ["a"], data: { mmlu: { correct: array } } })).toThrow(
    /data.mmlu.correctness.*"correct"/,
  );
  expect(read({ models: ["a"], data: { mmlu: { correctness: array } } })).toThrow(/found shape \(2, 3\)/);
});

testWithNumpy("tinyBenchmarks' own steps work on what is written, and NumPy's pickle is read", () => {
  const program = `
import pickle, sys, numpy as np
data = pickle.load(sys.stdin.buffer)
assert data['models'] == ['m', 'n']
responses = np.vstack([data['data'][s]['correctness'] for s in data['data']]).T
assert responses.shape == (2, 3) and np.isnan(responses[1, 1]) and responses[0].tolist() == [1, 0, .5]
sys.stdout.buffer.write(pickle.dumps({'models': data['models'], 'data': {s: {'correctness':
  np.asfortranarray(v['correctness'])} for s, v in data['data'].items()}}))`;
  expect(readTinyBenchmarks(runPython(program, writeTinyBenchmarks(matrix)), "x")).toEqual(matrix);
});
