import type { ResponseMatrix } from "../responses/index.ts";
import { type LatentNormal, population } from "./latent.ts";
import { curvePoint, type ResponseModel } from "./models.ts";

/** Means of x_i and of x_i·x_j, i < j. */
export function observedMoments({ subjects, items, scores }: ResponseMatrix): Float64Array {
  const width = items.length;
  const moments = new Float64Array(width + (width * (width - 1)) / 2);
  for (let s = 0; s < subjects.length; s++) {
    const row = scores.subarray(s * width, (s + 1) * width);
    let at = width;
    for (let i = 0; i < width; i++) {
      moments[i] += row[i] / subjects.length;
      for (let j = i + 1; j < width; j++) moments[at++] += (row[i] * row[j]) / subjects.length;
    }
  }
  return moments;
}

/** Model moments, their covariance in one response pattern, and their derivatives by the free parameters. */
export function modelMoments(model: ResponseModel, x: Float64Array, free: Int32Array, latent: LatentNormal) {
  const { size, categories, dims } = model;
  const width = x.length / size;
  const m = width + (width * (width - 1)) / 2;
  const members: (readonly number[])[] = Array.from({ length: width }, (_, i) => [i]);
  for (let i = 0; i < width; i++) for (let j = i + 1; j < width; j++) members.push([i, j]);
  const expected = new Float64Array(m);
  const covariance = new Float64Array(m * m);
  const jacobian = Array.from({ length: Math.max(...free) + 1 }, () => new Float64Array(m));
  const shared = sharedMoments(members, width);
  const { nodes, weights } = population(latent, dims === 1 ? 0.2 : 0.5);
  const out = curvePoint(model);
  // E x of each item, E x² of each, and one: what the expectation of a product is a product of.
  const factors = new Float64Array(2 * width + 1).fill(1);
  const first = factors.subarray(0, width);
  const second = factors.subarray(width, 2 * width);
  const derivative = new Float64Array(width * size);
  const moment = new Float64Array(m);
  for (let q = 0; q < nodes.count; q++) {
    const w = weights[q];
    if (w < 1e-12) continue;
    derivative.fill(0);
    for (let i = 0; i < width; i++) {
      model.evaluate(x, i * size, nodes.theta, q * dims, out);
      first[i] = 0;
      second[i] = 0;
      for (let k = 1; k < categories; k++) {
        first[i] += k * out.p[k];
        second[i] += k * k * out.p[k];
        for (let j = 0; j < size; j++) derivative[i * size + j] += k * out.dx[k * size + j];
      }
    }
    for (let e = 0; e < m; e++) {
      const [i, j] = members[e];
      moment[e] = j === undefined ? first[i] : first[i] * first[j];
      expected[e] += w * moment[e];
      for (let l = 0; l < size; l++) {
        const [ci, cj] = [free[i * size + l], j === undefined ? -1 : free[j * size + l]];
        if (ci >= 0) jacobian[ci][e] += w * derivative[i * size + l] * (j === undefined ? 1 : first[j]);
        if (cj >= 0) jacobian[cj][e] += w * derivative[j * size + l] * first[i];
      }
    }
    for (let a = 0; a < m; a++) {
      const wa = w * moment[a];
      for (let b = 0; b <= a; b++) covariance[a * m + b] += wa * moment[b];
    }
    const { one, other, product } = shared;
    for (let c = 0; c < one.length; c++) {
      const value = factors[product[3 * c]] * factors[product[3 * c + 1]] * factors[product[3 * c + 2]];
      covariance[one[c] * m + other[c]] += w * (value - moment[one[c]] * moment[other[c]]);
    }
  }
  for (let a = 0; a < m; a++)
    for (let b = 0; b <= a; b++) {
      covariance[a * m + b] -= expected[a] * expected[b];
      covariance[b * m + a] = covariance[a * m + b];
    }
  return { expected, covariance, jacobian };
}

/**
 * The pairs of moments that have an item in common (`other` ≤ `one`), where E x² takes the place of (E x)² in the expectation
 * of their product: three indices each into the means (0 … width − 1), the mean squares (width …) and a one (2·width).
 */
function sharedMoments(members: readonly (readonly number[])[], width: number) {
  const one: number[] = [];
  const other: number[] = [];
  const product: number[] = [];
  members.forEach((items, a) => {
    for (const b of sharing(items, width)) {
      if (b > a) continue;
      const both = items.filter((i) => members[b].includes(i));
      const single = [...items, ...members[b]].filter((i) => !both.includes(i));
      const factors = [...both.map((i) => width + i), ...single];
      one.push(a);
      other.push(b);
      product.push(...[0, 1, 2].map((f) => factors[f] ?? 2 * width));
    }
  });
  return { one: Uint32Array.from(one), other: Uint32Array.from(other), product: Uint32Array.from(product) };
}

/** Indices of the moments that have an item in common with these. */
function sharing(items: readonly number[], width: number): Set<number> {
  const found = new Set<number>();
  for (const i of items) {
    found.add(i);
    for (let j = 0; j < width; j++) if (j !== i) found.add(pairIndex(Math.min(i, j), Math.max(i, j), width));
  }
  return found;
}

function pairIndex(i: number, j: number, width: number): number {
  return width + i * width - (i * (i + 1)) / 2 + (j - i - 1);
}
