import { expect, test } from "vitest";
import { type NdArray, writeNpy, writeSafetensors } from "../formats/index.ts";
import { precomputedFeatures } from "./precomputed.ts";

const table = (shape: number[], values: number[]): NdArray => ({
  shape,
  dtype: "float32",
  data: Float32Array.from(values),
});
const twoByThree = table([2, 3], [1, 2, 3, 4, 5, 6]);

test(".npy and safetensors give the same features, told apart by their bytes", () => {
  const npy = precomputedFeatures(writeNpy(twoByThree), "f.npy", 2);
  const one = precomputedFeatures(writeSafetensors({ anything: twoByThree }), "f.safetensors", 2);
  const named = writeSafetensors({ other: table([1, 1], [0]), embeddings: twoByThree });
  const chosen = precomputedFeatures(named, "f.safetensors", 2);
  for (const { dims, values } of [npy, one, chosen]) {
    expect(dims).toBe(3);
    expect([...values]).toEqual([1, 2, 3, 4, 5, 6]);
  }
  expect(npy.source.hash).not.toBe(one.source.hash);
});

test.each<[string, Uint8Array, RegExp]>([
  ["a row too few", writeNpy(twoByThree), /found \(2, 3\), expected \(3, dims\)/],
  ["one axis", writeNpy(table([3], [1, 2, 3])), /one row a text/],
  [
    "integers",
    writeNpy({ shape: [3, 1], dtype: "int32", data: Int32Array.of(1, 2, 3) }),
    /type cannot be used/,
  ],
  ["NaN", writeNpy(table([3, 1], [1, 2, Number.NaN])), /row 2, column 0/],
  ["two tables without a name", writeSafetensors({ a: twoByThree, b: twoByThree }), /not clear which tensor/],
  ["another file", new TextEncoder().encode('{"a": 1}'), /safetensors/],
  ["nothing", new Uint8Array(0), /safetensors/],
])("%s is refused", (_, bytes, message) => {
  expect(() => precomputedFeatures(bytes, "features", 3)).toThrow(message);
});
