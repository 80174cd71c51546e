import { afterEach, expect, test, vi } from "vitest";
import { type EndpointCommandOptions, endpointOptions, pricePair } from "./endpoint-options.ts";

const options: EndpointCommandOptions = {
  baseUrl: "https://examined.example/v1",
  model: "model",
  api: "completions",
  system: "Be brief.",
  param: { seed: 1 },
  concurrency: 8,
  timeout: 5,
  attempts: 2,
  keyEnv: "EXAMINED_KEY",
  judgeModel: "judge",
};
const judged = (more: Partial<EndpointCommandOptions>) =>
  endpointOptions({ ...options, ...more }).judge?.endpoint;

afterEach(() => {
  vi.unstubAllEnvs();
});

test("a judge on another server gets neither the key nor the settings of the examined one", () => {
  vi.stubEnv("EXAMINED_KEY", "secret");
  vi.stubEnv("JUDGE_KEY", "other");
  const own = { model: "judge", parameters: { temperature: 0 }, timeout: 5000, attempts: 2 };
  const judgeBaseUrl = "https://judge.example/v1";
  expect(judged({ judgeBaseUrl })).toEqual({ ...own, baseUrl: judgeBaseUrl });
  expect(judged({ judgeBaseUrl: "https://examined.example:8443/v1" })).not.toHaveProperty("apiKey");
  expect(judged({ judgeBaseUrl, judgeKeyEnv: "JUDGE_KEY" })?.apiKey).toBe("other");
  expect(judged({})).toEqual({ ...own, baseUrl: options.baseUrl, apiKey: "secret" });
  expect(judged({ judgeKeyEnv: "JUDGE_KEY" })?.apiKey).toBe("other");
});

test("what is said of a judge without its model is refused", () => {
  const { judgeModel: _, ...without } = options;
  expect(() => endpointOptions({ ...without, judgeKeyEnv: "JUDGE_KEY" })).toThrow(/--judge-model/);
  expect(endpointOptions(without)).not.toHaveProperty("judge");
});

test("a price is two amounts", () => {
  expect(pricePair("0.5, 1.5")).toEqual({ input: 0.5, output: 1.5 });
  expect(pricePair("0,0")).toEqual({ input: 0, output: 0 });
  for (const text of [",", "1", "1,", ",1", "1,2,3", "-1,2", "a,b", "1,Infinity"])
    expect(() => pricePair(text)).toThrow(/two numbers, in,out/);
});
