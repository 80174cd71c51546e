import { expect, test } from "vitest";
import {
  averageImprovementInQuality,
  costAtReward,
  costQualityHull,
  strongWeakMeasures,
} from "./trade-off.ts";

const points = [
  { cost: 1, reward: 0.5 },
  { cost: 2, reward: 0.5 },
  { cost: 2, reward: 0.6 },
  { cost: 3, reward: 0.9 },
  { cost: 4, reward: 0.8 },
];

test("the hull leaves out what a mixture beats", () => {
  expect(costQualityHull(points)).toEqual([points[0], points[3]]);
  expect(costAtReward(points, 0.7)).toBeCloseTo(2, 12);
  expect(costAtReward(points, 0.95)).toBe(Number.POSITIVE_INFINITY);
});

test("average improvement in quality is the area under the hull", () => {
  expect(averageImprovementInQuality(points, [1, 3])).toBeCloseTo(0.7, 6);
  expect(averageImprovementInQuality(points, [1, 5])).toBeCloseTo((0.7 * 2 + 0.9 * 2) / 4, 6);
});

test("a router that knows recovers all of the lead with the calls that count; chance recovers half on average", () => {
  const strong = [1, 1, 1, 1];
  const weak = [0, 0, 1, 1];
  expect(strongWeakMeasures([0.9, 0.8, 0.1, 0.2], strong, weak)).toEqual({
    apgr: 0.75,
    cpt50: 0.25,
    cpt80: 0.5,
  });
  expect(strongWeakMeasures([4, 3, 2, 1], [1, 1, 1, 1], [0, 0, 0, 0]).apgr).toBeCloseTo(0.5, 12);
});
