import { expect, test } from "vitest";
import { seededNormal, seededRandom, thinSvd } from "../numerics/index.ts";
import { latentDirections } from "./latent.ts";

test("the leading singular vectors of sparse rows", () => {
  const [rows, width, dims] = [60, 30, 4];
  const random = seededRandom(9);
  const normal = seededNormal(random);
  const strengths = [8, 5, 3, 2];
  const left = strengths.map(() => Array.from({ length: rows }, normal));
  const right = strengths.map(() => Array.from({ length: width }, normal));
  const dense = Float64Array.from({ length: rows * width }, (_, o) => {
    if (random() < 0.3) return 0;
    const [i, j] = [Math.floor(o / width), o % width];
    return strengths.reduce((sum, s, c) => sum + s * left[c][i] * right[c][j], 0.01 * normal());
  });
  const columns: number[] = [];
  const values: number[] = [];
  const starts = [0];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < width; j++) {
      if (dense[i * width + j] === 0) continue;
      columns.push(j);
      values.push(dense[i * width + j]);
    }
    starts.push(columns.length);
  }
  const sparse = {
    width,
    starts: Uint32Array.from(starts),
    columns: Uint32Array.from(columns),
    values: Float32Array.from(values),
  };
  const found = latentDirections(sparse, dims, 1);
  const { v, rank } = thinSvd(dense, rows, width, dims);
  expect(rank).toBe(dims);
  for (let d = 0; d < dims; d++) {
    let product = 0;
    let length = 0;
    let largest = 0;
    for (let j = 0; j < width; j++) {
      product += found[j * dims + d] * v[j * dims + d];
      length += found[j * dims + d] ** 2;
      if (Math.abs(found[j * dims + d]) > Math.abs(largest)) largest = found[j * dims + d];
    }
    expect(length).toBeCloseTo(1, 4);
    expect(Math.abs(product)).toBeGreaterThan(0.999);
    expect(largest).toBeGreaterThan(0);
  }
});

test("directions beyond the rank are zero", () => {
  const one = {
    width: 5,
    starts: Uint32Array.of(0, 2, 4),
    columns: Uint32Array.of(1, 3, 1, 3),
    values: Float32Array.of(3, 4, 6, 8),
  };
  const found = latentDirections(one, 3, 0);
  const first = Array.from({ length: 5 }, (_, i) => found[3 * i]);
  [0, 0.6, 0, 0.8, 0].forEach((expected, i) => {
    expect(first[i]).toBeCloseTo(expected, 4);
  });
  for (let i = 0; i < 5; i++) expect([found[3 * i + 1], found[3 * i + 2]]).toEqual([0, 0]);
});
