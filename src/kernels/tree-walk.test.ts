import { expect, test } from "vitest";
import { type Random, seededRandom } from "../numerics/index.ts";
import { placeTrees, type Trees, walkTreesPlain } from "./tree-walk.ts";

/** Random trees over some features; a tree may be a single leaf. */
function grown(count: number, features: number, outputs: number, random: Random): Trees {
  const roots: number[] = [];
  const feature: number[] = [];
  const threshold: number[] = [];
  const next: number[] = [];
  let leaves = 0;
  for (let t = 0; t < count; t++) {
    const root = feature.length;
    roots.push(root);
    feature.push(-1);
    for (let node = root; node < feature.length; node++) {
      if (random() < 0.6 && feature.length - root < 40) {
        feature[node] = Math.floor(features * random());
        threshold[node] = random();
        next[node] = feature.length;
        feature.push(-1, -1);
      } else {
        threshold[node] = 0;
        next[node] = leaves++;
      }
    }
  }
  return {
    roots: Int32Array.from(roots),
    feature: Int16Array.from(feature),
    threshold: Float32Array.from(threshold),
    next: Int32Array.from(next),
    values: Float32Array.from({ length: leaves * outputs }, () => random() - 0.5),
    outputs,
  };
}

test("the kernel agrees with its plain twin at any number of trees and outputs", () => {
  const random = seededRandom(5);
  for (const [count, features, outputs] of [
    [1, 1, 1],
    [3, 4, 5],
    [4, 7, 4],
    [11, 20, 9],
  ]) {
    const trees = grown(count, features, outputs, random);
    const placed = placeTrees(trees, features);
    for (let q = 0; q < 20; q++) {
      const x = Float32Array.from({ length: features }, random);
      placed.x.set(x);
      placed.run();
      const plain = walkTreesPlain(trees, x);
      placed.sums.forEach((sum, m) => {
        expect(sum).toBeCloseTo(plain[m], 5);
      });
    }
  }
});

test("a value equal to the threshold goes left", () => {
  const trees: Trees = {
    roots: Int32Array.of(0),
    feature: Int16Array.of(0, -1, -1),
    threshold: Float32Array.of(0.5, 0, 0),
    next: Int32Array.of(1, 0, 1),
    values: Float32Array.of(10, 20),
    outputs: 1,
  };
  const placed = placeTrees(trees, 1);
  const at = (value: number) => {
    placed.x[0] = value;
    placed.run();
    return placed.sums[0];
  };
  expect([at(0.4), at(0.5), at(0.6)]).toEqual([10, 10, 20]);
});
