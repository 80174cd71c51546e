import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "vitest";
import { shared, testOnRealData } from "./shared.ts";

const demo = fileURLToPath(new URL("../examples/exam/killed-and-resumed.js", import.meta.url));

testOnRealData(
  "a real model's exam, killed half-way and resumed, tells its score",
  async () => {
    const matrix = shared("data/matrices/terminalbench_responses.jsonl");
    const { stdout } = await promisify(execFile)(process.execPath, [demo, matrix, "--count", "16", "--json"]);
    const { estimate, interval, truth, kept, requests, afterwards, answered } = JSON.parse(stdout);
    expect(kept).toBeGreaterThanOrEqual(6);
    expect(kept).toBeLessThan(16);
    expect(answered.length).toBe(16);
    expect(new Set(answered).size).toBe(16);
    // At most the requests under way at the kill are asked again.
    expect(requests - 16).toBeLessThanOrEqual(2);
    expect(answered.slice(0, kept).filter((item: string) => afterwards.includes(item))).toEqual([]);
    expect(Math.abs(estimate - truth)).toBeLessThan(0.1);
    expect(interval[0]).toBeLessThan(truth);
    expect(interval[1]).toBeGreaterThan(truth);
    expect(interval[1] - interval[0]).toBeLessThan(0.3);
  },
  60_000,
);
