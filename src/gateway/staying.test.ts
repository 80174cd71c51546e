import { expect, test } from "vitest";
import { type Policy, parsePolicy } from "../routing/index.ts";
import type { Decision } from "./decide.ts";
import { stayed } from "./staying.ts";

const candidate = (model: string, p: number, cost: number | null) => ({
  model,
  p,
  interval: [p, p] as const,
  cost,
});
type Standing = readonly [p: number, cost: number | null];
const decided = (chosen: Standing, standing: Standing): Decision => {
  const candidates = [candidate("new", ...chosen), candidate("old", ...standing)];
  return { ...candidates[0], candidates, rule: "" };
};
const model = (chosen: Standing, standing: Standing, policy: Policy, stickiness: number, pace?: Pace) =>
  stayed(decided(chosen, standing), policy, { text: "", conversation: { model: "old", stickiness } }, pace)
    .model;
interface Pace {
  readonly price: number;
  readonly affordable: number;
}

test.each<[string, string, Standing, Standing, number, string, Pace?]>([
  ["quality leaves for a greater gain in P", "quality", [0.9, 5], [0.8, 1], 0.05, "new"],
  ["quality stays for a smaller one, whatever it costs", "quality", [0.9, 1], [0.86, 5], 0.05, "old"],
  ["without a router nothing is known of P", "quality", [Number.NaN, null], [Number.NaN, null], 0.05, "old"],
  ["cheapest leaves for a model at half the cost", "cheapest:0.6", [0.7, 1], [0.9, 2], 0.05, "new"],
  ["cheapest stays where little is saved", "cheapest:0.6", [0.7, 1.96], [0.9, 2], 0.05, "old"],
  ["cheapest leaves a model that no longer suffices", "cheapest:0.6", [0.61, 2], [0.59, 1], 0.5, "new"],
  ["cheapest goes by P where none suffices", "cheapest:0.6", [0.55, 2], [0.52, 1], 0.05, "old"],
  ["what is free is not left", "cheapest:0.6", [0.7, 0], [0.9, 0], 0.05, "old"],
  ["utility weighs P and cost", "utility:100", [0.7, 0.001], [0.75, 0.003], 0.05, "new"],
  ["utility stays for a small gain of both", "utility:100", [0.7, 0.001], [0.75, 0.0018], 0.05, "old"],
  ["a budget is not exceeded for a stay", "budget:0.001", [0.7, 0.001], [0.9, 0.002], 0.5, "new"],
  ["a budget goes by P within it", "budget:0.001", [0.7, 0.001], [0.68, 0.001], 0.05, "old"],
  [
    "a paced budget weighs cost at its price",
    "budget:0.001",
    [0.7, 0.001],
    [0.75, 0.003],
    0.05,
    "new",
    { price: 100, affordable: 1 },
  ],
  [
    "a paced budget keeps to what it can afford",
    "budget:0.001",
    [0.7, 0.001],
    [0.75, 0.003],
    0.05,
    "new",
    { price: 0, affordable: 0.002 },
  ],
])("%s", (_, policy, chosen, standing, stickiness, expected, pace) => {
  expect(model(chosen, standing, parsePolicy(policy), stickiness, pace)).toBe(expected);
});

test("a stay puts the conversation's model first and says what it forgoes", () => {
  const asked = { text: "", conversation: { model: "old", stickiness: 0.05 } };
  const decision = stayed(decided([0.9, 1], [0.88, 2]), { kind: "quality" }, asked);
  expect(decision.candidates.map((each) => each.model)).toEqual(["old", "new"]);
  expect(decision).toMatchObject({
    p: 0.88,
    cost: 2,
    rule: "the conversation stays with its model: new would gain 0.020 in P",
  });
  expect(stayed(decision, { kind: "quality" }, { text: "" })).toBe(decision);
});
